package io.coppice.simulation;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * A store that takes its time: groups of one loop are confirmed in order, those of different loops as chance wants. It
 * refuses what bears an older epoch than it has seen, and with it the whole group.
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
    public void append(Loop loop, List<Entry> entries, Consumer<Boolean> then) {
        world.requireOn(loop);
        boolean accepted = !broken && fence(entries);
        Runnable answer = () -> {
            if (accepted) {
                entries.forEach(entry -> {
                    safe.computeIfAbsent(entry.clientId(), id -> new ArrayList<>())
                            .add(entry);
                    onSafe.accept(entry);
                });
            }
            open.merge(loop, -1, Integer::sum);
            then.accept(accepted);
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

    private boolean fence(List<Entry> entries) {
        boolean accepted = true;
        for (Entry entry : entries) {
            if (entry.epoch() < epochs.getOrDefault(entry.clientId(), 0L)) {
                fenced.add(entry);
                accepted = false;
            }
        }
        if (accepted) {
            entries.forEach(entry -> epochs.merge(entry.clientId(), entry.epoch(), Math::max));
        }
        return accepted;
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
