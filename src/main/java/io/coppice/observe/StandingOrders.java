package io.coppice.observe;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.config.ConfigException;
import io.coppice.port.NodeControl;
import io.coppice.port.NodeControl.Ban;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators have ordered that lasts: who is banned, and keys that were changed while the node served. Each node keeps all of
 * it, on its disk where it has one; nodes compare what they have from time to time, and of two orders about the same the later one
 * counts, so that whoever was away, or comes anew, is told. Any thread; what is done is done on one of its own.
 */
public final class StandingOrders implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StandingOrders.class);
    /** Things to do that wait. */
    private static final int WAITING_MAX = 1_000;
    /** Characters of all orders, which are held in memory. */
    private static final long WEIGHT_MAX = 64L << 20;
    /** Characters of a page that one node asks of another. */
    private static final int PAGE_WEIGHT = 512 << 10;

    private static final long CLOSE_SECONDS_MAX = 10;

    private final NodeControl control;
    private final Configuration configuration;
    private final int entriesMax;
    private final @Nullable OrderFile file;
    private final LongSupplier clock;
    private final Audit audit;
    private final ExecutorService worker;

    /** By what they are about; guarded by this. */
    private final TreeMap<String, Order> orders = new TreeMap<>();

    /** Keys that cannot be changed here, each said once; for the worker. */
    private final Set<Order> refused = new HashSet<>();

    private volatile boolean begun;
    /** Since an order could not be written to the disk, and until all are there. */
    private volatile boolean unkept;

    private final LongAdder faults = new LongAdder();

    private long weight;
    /** Of all orders, in whatever sequence they came. */
    private long sum;

    /**
     * Knows of none yet.
     *
     * @param entriesMax orders that are held at most, those that were taken back included
     * @param directory where they are kept; null for in memory only
     * @param clock milliseconds since the epoch
     * @param audit where it is written down what is in force from then on, and on whose order
     */
    public StandingOrders(
            NodeControl control,
            Configuration configuration,
            int entriesMax,
            @Nullable Path directory,
            LongSupplier clock,
            Audit audit) {
        this.audit = audit;
        this.control = control;
        this.configuration = configuration;
        this.entriesMax = entriesMax;
        this.file = directory == null ? null : new OrderFile(directory);
        this.clock = clock;
        this.worker = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(WAITING_MAX),
                task -> new Thread(task, "coppice-orders"));
    }

    /**
     * Follows what was ordered in earlier lives of the node; once, before clients are let in.
     *
     * @throws ConfigException if what is on disk does not read
     */
    public void begin() throws ConfigException {
        if (file != null) {
            take(file.read(), false);
        }
        begun = true;
    }

    // --- what is asked here

    /** A time that is later than that of all orders that are known here. */
    synchronized long next() {
        long latest = clock.getAsLong();
        for (Order order : orders.values()) {
            latest = Math.max(latest, order.at() + 1);
        }
        return latest;
    }

    /** Notes what is done already. Completes when it is on disk. */
    Future<Void> note(Order order) {
        return later(() -> {
            if (put(order)) {
                keep();
            }
        });
    }

    /** Notes that a ban has ended, if one was ordered. */
    Future<Void> pardon(String name, long at, String by) {
        return later(() -> {
            Order former = of(new Order(Order.Kind.BAN, name, null, 0, 0, by).about());
            if (former != null && former.isStanding()) {
                put(new Order(Order.Kind.BAN, name, null, Math.max(at, former.at() + 1), former.until(), by));
                keep();
            }
        });
    }

    private synchronized @Nullable Order of(String about) {
        return orders.get(about);
    }

    /** Whether one more may be ordered. */
    synchronized boolean hasRoom() {
        return orders.size() < entriesMax && weight < WEIGHT_MAX;
    }

    /** Whether keys could be changed so; failed with a {@link ConfigException} if not. */
    Future<Void> check(Map<String, @Nullable String> changes) {
        return later(() -> configuration.check(keys(changed(changes, Long.MAX_VALUE, ""))));
    }

    /** Changes keys, all or none. Completes when that is in force and on disk. */
    Future<Void> change(Map<String, @Nullable String> changes, long at, String by) {
        return later(() -> {
            List<Order> made = changed(changes, at, by);
            configuration.follow(keys(made));
            boolean any = false;
            for (Order order : made) {
                any |= put(order);
            }
            if (any) {
                keep();
            }
        });
    }

    private static List<Order> changed(Map<String, @Nullable String> changes, long at, String by) {
        List<Order> made = new ArrayList<>();
        changes.forEach((key, value) -> made.add(new Order(Order.Kind.CONFIG, key, value, at, Long.MAX_VALUE, by)));
        return made;
    }

    /** The keys that are ordered, with those that would be besides. */
    private synchronized Map<String, String> keys(List<Order> more) {
        Map<String, Order> latest = new TreeMap<>();
        orders.values().stream()
                .filter(order -> order.kind() == Order.Kind.CONFIG)
                .forEach(order -> latest.put(order.name(), order));
        for (Order order : more) {
            if (order.outranks(latest.get(order.name()))) {
                latest.put(order.name(), order);
            }
        }
        Map<String, String> keys = new TreeMap<>();
        latest.forEach((key, order) -> {
            String value = order.value();
            if (value != null) {
                keys.put(key, value);
            }
        });
        return keys;
    }

    // --- what others have

    /** The same on two nodes that have the same orders, and hardly ever else. */
    synchronized String sum() {
        return orders.size() + "-" + Long.toHexString(sum);
    }

    /** Orders in sequence, with {@code next} where there are more behind them. */
    synchronized JsonObject page(String after) {
        JsonArray items = new JsonArray();
        int taken = 0;
        for (Map.Entry<String, Order> entry : orders.tailMap(after, false).entrySet()) {
            if (taken >= PAGE_WEIGHT) {
                return new JsonObject()
                        .put("items", items)
                        .put("next", items.getJsonObject(items.size() - 1).getString("about"));
            }
            items.add(entry.getValue().json().put("about", entry.getKey()));
            taken += entry.getValue().weight();
        }
        return new JsonObject().put("items", items);
    }

    /** Takes over what another node has and is later than what is known here. */
    Future<Void> merge(JsonArray items) {
        return later(() -> {
            List<Order> theirs = new ArrayList<>();
            for (Object item : items) {
                theirs.add(Order.of((JsonObject) item));
            }
            take(theirs, true);
        });
    }

    /** Lets go of what is over. */
    void tidy() {
        later(() -> {
            if (forget(clock.getAsLong()) || unkept) {
                keep();
            }
        });
    }

    private synchronized boolean forget(long now) {
        List<Order> over =
                orders.values().stream().filter(order -> order.isOver(now)).toList();
        over.forEach(order -> {
            orders.remove(order.about());
            weight -= order.weight();
            sum -= hash(order);
        });
        return !over.isEmpty();
    }

    private void take(List<Order> theirs, boolean keeping) {
        long now = clock.getAsLong();
        List<Order> keys = new ArrayList<>();
        boolean any = false;
        for (Order order : theirs) {
            if (order.isOver(now) || !order.outranks(of(order.about()))) {
                continue;
            }
            if (order.kind() == Order.Kind.CONFIG) {
                keys.add(order);
            } else if (hasRoom() || of(order.about()) != null) {
                follow(order);
                any |= put(order);
            }
        }
        any |= followKeys(keys);
        if (any && keeping) {
            keep();
        }
    }

    /** Together, since one may be right only with another one; or else as many as can be. */
    private boolean followKeys(List<Order> keys) {
        if (keys.isEmpty()) {
            return false;
        }
        boolean any = false;
        try {
            configuration.follow(keys(keys));
            for (Order order : keys) {
                any |= put(order);
            }
        } catch (ConfigException notTogether) {
            for (Order order : keys) {
                any |= followKey(order);
            }
        }
        return any;
    }

    private void follow(Order order) {
        int space = order.name().indexOf(' ');
        NodeControl.BanKind kind = NodeDesk.kind(order.name().substring(0, space));
        String value = order.name().substring(space + 1);
        String reason = order.value();
        if (reason == null) {
            control.unban(kind, value);
        } else {
            control.ban(new Ban(kind, value, order.until(), reason, order.by()), ended -> {});
        }
    }

    /** A release that does not know a key follows the others all the same. */
    private boolean followKey(Order order) {
        try {
            configuration.follow(keys(List.of(order)));
            return put(order);
        } catch (ConfigException wrong) {
            if (!refused.add(order)) {
                return false;
            }
            LOG.warn(
                    getMarker("order-refused"),
                    "{} has changed a key on other nodes, or in an earlier life of this one, and here it cannot be: {}",
                    order.by(),
                    String.join("; ", wrong.faults()));
            return false;
        }
    }

    // --- what is kept

    private synchronized boolean put(Order order) {
        Order former = orders.get(order.about());
        if (!order.outranks(former)) {
            return false;
        }
        if (former != null) {
            weight -= former.weight();
            sum -= hash(former);
        }
        orders.put(order.about(), order);
        weight += order.weight();
        sum += hash(order);
        if (begun) { // else it was written down in an earlier life
            audit.note(order.json()
                    .put("time", Instant.ofEpochMilli(clock.getAsLong()).toString())
                    .put("event", "ordered")
                    .encode());
        }
        return true;
    }

    // --- what is counted

    /** Bans, or keys, that are in force by order of somebody. */
    synchronized long standing(Order.Kind kind) {
        long now = clock.getAsLong();
        return orders.values().stream()
                .filter(order -> order.kind() == kind && order.isStanding() && !order.isOver(now))
                .count();
    }

    /** Whether a restart would forget something that was ordered; it is tried again every few seconds. */
    boolean isUnkept() {
        return unkept;
    }

    long faults() {
        return faults.sum();
    }

    private static long hash(Order order) {
        long hash = 1_125_899_906_842_597L;
        String text = order.json().encode();
        for (int i = 0; i < text.length(); i++) {
            hash = 31 * hash + text.charAt(i);
        }
        return hash * 0x9E3779B97F4A7C15L;
    }

    private void keep() {
        if (file == null) {
            return;
        }
        List<Order> all;
        synchronized (this) {
            all = List.copyOf(orders.values());
        }
        try {
            file.write(all);
            if (unkept) {
                unkept = false;
                LOG.info(getMarker("orders-kept"), "bans and changed keys are on the disk again");
            }
        } catch (IOException fault) {
            faults.increment();
            if (!unkept) {
                unkept = true;
                LOG.error(
                        getMarker("orders-not-kept"),
                        "bans and changed keys hold, and would be forgotten by a restart until they can be written: {}",
                        fault.toString());
            }
        }
    }

    private interface Work {
        void run() throws ConfigException;
    }

    private Future<Void> later(Work work) {
        Promise<Void> promise = Promise.promise();
        try {
            worker.execute(() -> {
                try {
                    work.run();
                    promise.complete();
                } catch (ConfigException | RuntimeException wrong) {
                    promise.fail(wrong);
                }
            });
        } catch (RejectedExecutionException full) {
            promise.fail(new Refusal(503, "Busy", "too much is being ordered; try again in a second"));
        }
        return promise.future();
    }

    @Override
    public void close() throws InterruptedException {
        worker.shutdown();
        worker.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    }
}
