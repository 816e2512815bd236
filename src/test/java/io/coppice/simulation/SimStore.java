package io.coppice.simulation;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A store that takes its time: groups of one loop are confirmed in order, those of different loops as chance wants. It
 * refuses what bears an older epoch than it has seen.
 */
public final class SimStore implements SessionStore {
    private final World world;
    /** Milliseconds until it answers, at most; 0 answers within the call. */
    public long delayMax;
    /** Whether answers wait until {@link #proceed}. */
    public boolean stalled;
    /** Whatever it takes, in a cluster, it does not answer before this time. */
    public long silentUntil;
    /** Whether it fails, as a full disk does. */
    public boolean broken;
    /** Whether it keeps what it fails to store until {@link #repair}. */
    public boolean keeps;

    private final List<Entry> owed = new ArrayList<>();

    /** One in so many pages of a queue it cannot read at first; 0 for none. */
    int unreadOneIn;
    /** Pages of queues that it gave. */
    public int pages;

    /** What it says of why nothing new is to be given to it. */
    @Nullable
    public String refusal;

    /** Whether it says that too much waits for it already. */
    public boolean crowded;

    /** Whether it says that things are safe before they are, as no store may. */
    boolean hasty;
    /** Whether it takes what comes from an outdated home or from a node that was thrown out, as no store may. */
    boolean fenceless;

    /** Entries that are safe, by client, in order. */
    public final Map<String, List<Entry>> safe = new HashMap<>();
    /** Told of each entry that is safe. */
    public Consumer<Entry> onSafe = entry -> {};
    /** What was refused because its epoch was old. */
    public final List<Entry> fenced = new ArrayList<>();

    /** Clients whose session has left a node. */
    public final List<String> left = new ArrayList<>();

    /** Epochs in which something of a client could not be stored. */
    private final Map<String, Long> gaps = new HashMap<>();

    private final Map<String, Long> epochs = new HashMap<>();
    private final Map<Loop, Long> lastTaken = new HashMap<>();
    private final Map<Loop, Long> lastAnswer = new HashMap<>();
    /** Groups of each loop that wait to be taken, the first of them until who keeps its sessions is reached. */
    private final Map<Loop, Deque<Runnable>> arrived = new HashMap<>();

    private final Queue<Runnable> waiting = new ArrayDeque<>();
    /** Groups of each loop that were not answered yet. */
    private final Map<Loop, Integer> open = new HashMap<>();

    SimStore(World world) {
        this.world = world;
    }

    @Override
    public @Nullable String refusal() {
        return refusal;
    }

    @Override
    public boolean isBroken() {
        return broken;
    }

    @Override
    public boolean isCrowded() {
        return crowded;
    }

    @Override
    public void append(Loop loop, List<Entry> entries, Consumer<Outcome> then) {
        world.requireOn(loop);
        boolean first = open.merge(loop, 1, Integer::sum) == 1;
        if (hasty) {
            world.at(world.now() + world.delay(delayMax), () -> take(loop, entries));
            answer(loop, Outcome.SAFE, then);
            return;
        }
        if (stalled || !waiting.isEmpty()) {
            waiting.add(() -> {
                Outcome outcome = take(loop, entries);
                loop.execute(() -> answer(loop, outcome, then));
            });
        } else if (delayMax == 0 && first && !world.isCluster()) {
            answer(loop, take(loop, entries), then);
        } else {
            long takenAt = Math.max(
                    world.now() + (world.isCluster() ? world.delay(delayMax) : 0), lastTaken.getOrDefault(loop, 0L));
            lastTaken.put(loop, takenAt);
            world.at(takenAt, () -> {
                Deque<Runnable> queue = arrived.computeIfAbsent(loop, each -> new ArrayDeque<>());
                queue.add(() -> world.whenReached(loop, clients(entries), () -> {
                    Outcome outcome = take(loop, entries);
                    long answeredAt = Math.max(
                            Math.max(world.now() + world.delay(delayMax), silentUntil),
                            lastAnswer.getOrDefault(loop, 0L));
                    lastAnswer.put(loop, answeredAt);
                    world.at(answeredAt, () -> loop.execute(() -> answer(loop, outcome, then)));
                    queue.remove();
                    if (!queue.isEmpty()) {
                        queue.element().run();
                    }
                }));
                if (queue.size() == 1) {
                    queue.element().run();
                }
            });
        }
    }

    private static Set<String> clients(List<Entry> entries) {
        return entries.stream().map(Entry::clientId).collect(Collectors.toSet());
    }

    private void answer(Loop loop, Outcome outcome, Consumer<Outcome> then) {
        open.merge(loop, -1, Integer::sum);
        then.accept(outcome);
    }

    /** The disk can be written again. */
    public void repair() {
        broken = false;
        owed.forEach(this::store);
        owed.clear();
    }

    private void store(Entry entry) {
        epochs.put(entry.clientId(), entry.epoch());
        safe.computeIfAbsent(entry.clientId(), id -> new ArrayList<>()).add(entry);
        onSafe.accept(entry);
    }

    private Outcome take(Loop loop, List<Entry> entries) {
        if (broken && keeps) {
            owed.addAll(entries);
            return Outcome.LATE;
        }
        boolean closed = broken || !fenceless && !world.isMember(loop);
        boolean failed = closed;
        Set<String> late = new HashSet<>();
        for (Entry entry : entries) {
            if (closed || hasGap(entry)) {
                failed = true;
                gaps.put(entry.clientId(), entry.epoch());
            } else if (!fenceless && entry.epoch() < epochs.getOrDefault(entry.clientId(), 0L)) {
                fenced.add(entry);
                late.add(entry.clientId());
            } else {
                store(entry);
            }
        }
        return failed ? Outcome.FAILED : new Outcome(true, late);
    }

    /** What comes after something that could not be stored is not taken, until the session is told anew or has a new home. */
    private boolean hasGap(Entry entry) {
        if (entry.record() instanceof SessionRecord.Ended) {
            gaps.remove(entry.clientId());
        }
        return gaps.getOrDefault(entry.clientId(), 0L) == entry.epoch();
    }

    @Override
    public void load(
            String clientId, long epoch, Loop loop, Consumer<@Nullable List<SessionRecord>> then, Runnable outdated) {
        world.requireOn(loop);
        long at = world.now() + world.delay(delayMax);
        world.at(
                at,
                () -> world.whenReached(loop, List.of(clientId), () -> {
                    boolean silent = broken || !world.isMember(loop);
                    boolean late = epoch < epochs.getOrDefault(clientId, 0L);
                    List<SessionRecord> records = silent || late ? null : loaded(clientId, epoch);
                    Runnable answer = late && !silent ? outdated : () -> then.accept(records);
                    world.at(world.now() + world.delay(delayMax), () -> loop.execute(answer));
                }));
    }

    private List<SessionRecord> loaded(String clientId, long epoch) {
        epochs.put(clientId, epoch);
        return recordsOf(clientId);
    }

    @Override
    public void page(String clientId, long after, long bytesMax, Loop loop, Consumer<@Nullable Page> then) {
        world.requireOn(loop);
        world.at(world.now() + world.delay(delayMax), () -> {
            boolean unread = broken || unreadOneIn > 0 && world.random.nextInt(unreadOneIn) == 0;
            Page page = unread ? null : pageOf(clientId, after, bytesMax);
            pages += page == null ? 0 : 1;
            world.at(world.now() + world.delay(delayMax), () -> loop.execute(() -> then.accept(page)));
        });
    }

    private Page pageOf(String clientId, long after, long bytesMax) {
        List<SessionRecord.Enqueued> found = new ArrayList<>();
        long bytes = 0;
        for (SessionRecord.Enqueued each : StoredRecords.of(safeOf(clientId)).queued()) {
            if (each.sequence() > after) {
                found.add(each);
                bytes += each.message().weight();
                if (bytes >= bytesMax) {
                    return new Page(found, false);
                }
            }
        }
        return new Page(found, true);
    }

    /** The records of a session's last life. */
    public List<SessionRecord> recordsOf(String clientId) {
        return StoredRecords.of(safeOf(clientId)).records();
    }

    @Override
    public void left(String clientId, long epoch) {
        left.add(clientId);
    }

    /** Answers what waits, and from now on at once. */
    public void proceed() {
        stalled = false;
        while (!waiting.isEmpty()) {
            waiting.remove().run();
        }
    }

    public List<Entry> safeOf(String clientId) {
        return safe.getOrDefault(clientId, List.of());
    }
}
