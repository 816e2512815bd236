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

    SimRetainedStore(World world) {
        this.world = world;
    }

    @Override
    public void put(Loop loop, TopicName topic, @Nullable Message message, Consumer<Boolean> then) {
        world.requireOn(loop);
        boolean safe = !broken;
        if (safe && message == null) {
            messages.remove(topic.value());
        } else if (safe) {
            messages.put(topic.value(), message);
        }
        if (delayMax == 0) {
            then.accept(safe);
        } else {
            world.at(world.now() + world.delay(delayMax), () -> loop.execute(() -> then.accept(safe)));
        }
    }
}
