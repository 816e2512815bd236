package io.coppice.simulation;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Loop;
import io.coppice.port.RetainedStore;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keeps retained messages, after a while; answers come in any order. */
public final class SimRetainedStore implements RetainedStore {
    private final World world;
    /** What it was given, by topic. */
    public final Map<String, Message> messages = new HashMap<>();
    /** Milliseconds until it answers, at most. */
    public long delayMax;
    /** Whether it fails. */
    public boolean broken;

    private long latestVersion;

    SimRetainedStore(World world) {
        this.world = world;
    }

    @Override
    public void put(Loop loop, TopicName topic, @Nullable Message message, Consumer<@Nullable Kept> then) {
        world.requireOn(loop);
        Kept kept = broken ? null : new Kept(topic, ++latestVersion, message);
        if (kept != null && message == null) {
            messages.remove(topic.value());
        } else if (kept != null) {
            messages.put(topic.value(), message);
        }
        if (delayMax == 0) {
            then.accept(kept);
        } else {
            world.at(world.now() + world.delay(delayMax), () -> loop.execute(() -> then.accept(kept)));
        }
    }

    @Override
    public void readAll(Loop loop, Consumer<Kept> each, Consumer<Boolean> then) {
        throw new UnsupportedOperationException("no broker asks for it yet");
    }
}
