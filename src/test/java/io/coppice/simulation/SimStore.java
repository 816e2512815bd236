package io.coppice.simulation;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
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
    /** Whether it fails, as a full disk does. */
    public boolean broken;

    /** Entries that are safe, by client, in order. */
    public final Map<String, List<Entry>> safe = new HashMap<>();
    /** Told of each entry that is safe. */
    public Consumer<Entry> onSafe = entry -> {};
    /** What was refused because its epoch was old. */
    public final List<Entry> fenced = new ArrayList<>();

    private final Map<String, Long> epochs = new HashMap<>();
    private final Map<Loop, Long> lastAnswer = new HashMap<>();
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    /** Groups of each loop that were not answered yet. */
    private final Map<Loop, Integer> open = new HashMap<>();

    SimStore(World world) {
        this.world = world;
    }

    @Override
    public void append(Loop loop, List<Entry> entries, Consumer<Outcome> then) {
        world.requireOn(loop);
        Runnable answer = () -> {
            open.merge(loop, -1, Integer::sum);
            then.accept(take(entries));
        };
        boolean first = open.merge(loop, 1, Integer::sum) == 1;
        if (stalled || !waiting.isEmpty()) {
            waiting.add(() -> loop.execute(answer));
        } else if (delayMax == 0 && first) {
            answer.run();
        } else {
            long at = Math.max(world.now() + world.delay(delayMax), lastAnswer.getOrDefault(loop, 0L));
            lastAnswer.put(loop, at);
            world.at(at, () -> loop.execute(answer));
        }
    }

    private Outcome take(List<Entry> entries) {
        if (broken) {
            return Outcome.FAILED;
        }
        Set<String> late = new HashSet<>();
        for (Entry entry : entries) {
            if (entry.epoch() < epochs.getOrDefault(entry.clientId(), 0L)) {
                fenced.add(entry);
                late.add(entry.clientId());
            } else {
                epochs.put(entry.clientId(), entry.epoch());
                safe.computeIfAbsent(entry.clientId(), id -> new ArrayList<>()).add(entry);
                onSafe.accept(entry);
            }
        }
        return new Outcome(true, late);
    }

    @Override
    public void load(String clientId, long epoch, Loop loop, Consumer<@Nullable List<SessionRecord>> then) {
        world.requireOn(loop);
        world.at(world.now() + world.delay(delayMax), () -> {
            boolean outdated = broken || epoch < epochs.getOrDefault(clientId, 0L);
            List<SessionRecord> records = outdated ? null : loaded(clientId, epoch);
            world.at(world.now() + world.delay(delayMax), () -> loop.execute(() -> then.accept(records)));
        });
    }

    private List<SessionRecord> loaded(String clientId, long epoch) {
        epochs.put(clientId, epoch);
        List<SessionRecord> records = new ArrayList<>();
        for (Entry entry : safeOf(clientId)) {
            records.add(entry.record());
            if (entry.record() instanceof SessionRecord.Ended) {
                records.clear();
            }
        }
        return records;
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
