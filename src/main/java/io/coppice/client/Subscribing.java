package io.coppice.client;

import com.hivemq.client.mqtt.datatypes.MqttTopic;
import com.hivemq.client.mqtt.datatypes.MqttTopicFilter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Messages from a broker to a stream, one after the other: each is acknowledged when it was written, and the broker
 * waits with more than a window of them for one that is not.
 */
public final class Subscribing {
    private static final long GOODBYE_SECONDS_MAX = 2;

    private final Login login;
    private final Wish wish;
    private final Layout layout;
    private final OutputStream out;
    private final PrintWriter err;
    private final Clock clock;
    private final List<MqttTopicFilter> unwanted;
    private final CompletableFuture<Ending> end = new CompletableFuture<>();
    private long taken;

    /**
     * What is wanted, and when it is enough.
     *
     * @param count of messages after which it ends; 0 for none
     * @param seconds after which it ends with {@link Status#TIMED_OUT}; 0 for none
     * @param retainedOnly ends with the first message that is not retained
     * @param fresh leaves out messages that are retained
     * @param untilSubscribed ends as soon as the subscriptions are made
     * @param without filters of topics that are left out
     */
    public record Wish(
            List<String> filters,
            Wanted wanted,
            long count,
            long seconds,
            boolean retainedOnly,
            boolean fresh,
            boolean untilSubscribed,
            List<String> without) {
        public Wish {
            filters = List.copyOf(filters);
            without = List.copyOf(without);
        }
    }

    /** @throws IllegalArgumentException if a filter is none */
    public Subscribing(Login login, Wish wish, Layout layout, OutputStream out, PrintWriter err, Clock clock) {
        wish.filters().forEach(MqttTopicFilter::of);
        this.unwanted = wish.without().stream().map(MqttTopicFilter::of).toList();
        this.login = login;
        this.wish = wish;
        this.layout = layout;
        this.out = out;
        this.err = err;
        this.clock = clock;
    }

    /**
     * Subscribes and writes what comes; returns a {@link Status}.
     *
     * @param onStop is given what ends it early, which is as good an end as another
     * @throws IllegalArgumentException if something is not as MQTT allows it
     */
    public int run(Consumer<Runnable> onStop) {
        ExecutorService writer = writer();
        Reconnection again =
                new Reconnection(true, bound -> ThreadLocalRandom.current().nextLong(bound), this::tell, this::lost);
        try {
            Link link = Link.to(login, again);
            link.deliver(this::take, writer);
            onStop.accept(() -> end.complete(Ending.DONE));
            if (wish.seconds() > 0) {
                end.completeOnTimeout(new Ending(Status.TIMED_OUT, "Timed out"), wish.seconds(), TimeUnit.SECONDS);
            }
            link.connect().whenComplete((stands, failure) -> {
                if (failure != null) {
                    lost(Fault.of(failure));
                } else {
                    again.stands();
                    subscribe(link);
                }
            });
            Ending ending = end.join();
            leave(link, GOODBYE_SECONDS_MAX);
            if (ending.words() != null) {
                tell(ending.words());
            }
            return ending.status();
        } finally {
            writer.shutdown();
        }
    }

    /** A thread that takes nothing any more once it is shut down, and says so to nobody. */
    private static ExecutorService writer() {
        return new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> {
                    Thread thread = new Thread(task, "coppice-sub");
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy());
    }

    /** Says goodbye where there is somebody to say it to. */
    static void leave(Link link, long secondsMax) {
        try {
            link.disconnect().get(secondsMax, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException gone) {
            // It was not connected any more; nothing is open that somebody waits for.
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void lost(Fault fault) {
        end.complete(Ending.unconnected(login.address(), fault));
    }

    private void tell(String words) {
        err.println(words);
        err.flush();
    }

    private void subscribe(Link link) {
        link.subscribe(wish.filters(), wish.wanted()).whenComplete((refused, failure) -> {
            if (failure != null) {
                lost(Fault.of(failure));
                return;
            }
            refused.forEach(words -> tell("Subscription refused: " + words));
            if (refused.size() == wish.filters().size()) {
                end.complete(new Ending(Status.REFUSED, null));
            } else if (wish.untilSubscribed()) {
                end.complete(refused.isEmpty() ? Ending.DONE : new Ending(Status.REFUSED, null));
            }
        });
    }

    private void take(Arrived message) {
        if (end.isDone()) {
            return; // not acknowledged: a session that lasts has it for the next time
        }
        if (wish.retainedOnly() && !message.retain()) {
            end.complete(Ending.DONE);
            return;
        }
        MqttTopic topic = MqttTopic.of(message.topic());
        if (wish.fresh() && message.retain() || unwanted.stream().anyMatch(filter -> filter.matches(topic))) {
            message.acknowledge().run();
            return;
        }
        try {
            out.write(layout.line(message, clock.instant()));
            out.flush();
        } catch (IOException gone) {
            end.complete(Ending.DONE); // whoever read it, such as head, has had enough
            return;
        }
        message.acknowledge().run();
        taken++;
        if (taken == wish.count()) {
            end.complete(Ending.DONE);
        }
    }
}
