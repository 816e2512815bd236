package io.coppice.simulation;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Loop;
import io.coppice.port.RetainedStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps retained messages, after a while; answers of different topics and loops come in any order. In a cluster a change
 * is made a while after it was asked for, the changes of one loop to a topic one after the other, and of those that wait
 * for each other only the last.
 */
public final class SimRetainedStore implements RetainedStore {
    private static final int PARTS = 3;

    private record Writer(Loop loop, String topic) {}

    private static final class Change {
        @Nullable
        Message message;

        final List<Consumer<@Nullable Kept>> waiting = new ArrayList<>();

        @Nullable
        Change next;
    }

    private final World world;
    /** What it was given, by topic. */
    public final Map<String, Message> messages = new HashMap<>();
    /** The same with versions, and with what was cleared. */
    public final Map<String, Kept> kept = new TreeMap<>();
    /** Told of each change that is made. */
    public Consumer<Kept> onKept = kept -> {};
    /** Milliseconds until it answers, at most. */
    public long delayMax;
    /** Whether it fails. */
    public boolean broken;
    /** Whether answers wait until {@link #proceed}; what was asked for is done. */
    public boolean stalled;
    /** Whether changes wait until {@link #proceed}; reading goes on. */
    public boolean holdsChanges;

    private long latestVersion;
    private final Map<Writer, Change> changes = new HashMap<>();
    private final Queue<Runnable> waiting = new ArrayDeque<>();

    SimRetainedStore(World world) {
        this.world = world;
    }

    @Override
    public void put(Loop loop, TopicName topic, @Nullable Message message, Consumer<@Nullable Kept> then) {
        world.requireOn(loop);
        if (!world.isCluster()) {
            Kept made = make(loop, topic, message);
            if (delayMax == 0) {
                then.accept(made);
            } else {
                world.at(world.now() + world.delay(delayMax), () -> loop.execute(() -> then.accept(made)));
            }
            return;
        }
        Writer writer = new Writer(loop, topic.value());
        Change running = changes.get(writer);
        if (running != null) {
            Change next = running.next == null ? new Change() : running.next;
            running.next = next;
            next.message = message;
            next.waiting.add(then);
            return;
        }
        Change change = new Change();
        change.message = message;
        change.waiting.add(then);
        run(writer, topic, change);
    }

    private void run(Writer writer, TopicName topic, Change change) {
        changes.put(writer, change);
        if (holdsChanges) {
            waiting.add(() -> run(writer, topic, change));
            return;
        }
        world.at(world.now() + world.delay(delayMax), () -> {
            Kept made = make(writer.loop, topic, change.message);
            later(writer.loop, () -> {
                if (change.next == null) {
                    changes.remove(writer);
                } else {
                    run(writer, topic, change.next);
                }
                change.waiting.forEach(each -> each.accept(made));
            });
        });
    }

    private void later(Loop loop, Runnable answer) {
        if (stalled) {
            waiting.add(() -> loop.execute(answer));
        } else {
            world.at(world.now() + world.delay(delayMax), () -> loop.execute(answer));
        }
    }

    /** Answers what waits, and from now on without waiting. */
    public void proceed() {
        stalled = false;
        holdsChanges = false;
        while (!waiting.isEmpty()) {
            waiting.remove().run();
        }
    }

    private @Nullable Kept make(Loop loop, TopicName topic, @Nullable Message message) {
        if (broken || !world.isMember(loop)) {
            return null;
        }
        Kept made = new Kept(topic, ++latestVersion, message);
        kept.put(topic.value(), made);
        if (message == null) {
            messages.remove(topic.value());
        } else {
            messages.put(topic.value(), message);
        }
        onKept.accept(made);
        return made;
    }

    /** Reads it in parts, each at a time of its own. */
    @Override
    public void readAll(Loop loop, Consumer<Kept> each, Consumer<Boolean> then) {
        world.requireOn(loop);
        read(0, loop, each, then);
    }

    private void read(int part, Loop loop, Consumer<Kept> each, Consumer<Boolean> then) {
        world.at(world.now() + world.delay(delayMax), () -> {
            boolean failed = broken || !world.isMember(loop);
            List<Kept> found = kept.values().stream()
                    .filter(one -> Math.floorMod(one.topic().hashCode(), PARTS) == part)
                    .toList();
            later(loop, () -> {
                if (failed) {
                    then.accept(false);
                    return;
                }
                found.forEach(each);
                if (part + 1 == PARTS) {
                    then.accept(true);
                } else {
                    read(part + 1, loop, each, then);
                }
            });
        });
    }

    /** The version that was given last. */
    public long latestVersion() {
        return latestVersion;
    }
}
