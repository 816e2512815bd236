package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to route a message that nobody gets, so that nothing but its plan is looked at and its drop counted: where the plan of its topic
 * is remembered, and where there are more topics than plans.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PlanBenchmark {
    private static final int SUBSCRIPTIONS = 1_000;

    /** How many topics come in turn: some that are all remembered, or more than can be. */
    @Param({"1", "1000", "100000"})
    public int topics = 1;

    private final World world = new World(1, 1, new Settings());
    private Message[] messages = {};
    private int next;

    @Setup
    public void subscribe() {
        SimClient lamp = world.client("lamp").connect(0).await();
        for (int i = 0; i < SUBSCRIPTIONS; i++) {
            lamp.subscribe("rooms/" + i + "/+", Qos.AT_MOST_ONCE);
        }
        world.run();
        messages = new Message[topics];
        for (int i = 0; i < topics; i++) {
            messages[i] = new Message(
                    TopicName.of("rooms/" + i + "/lamps/temp"),
                    new byte[64],
                    Qos.AT_MOST_ONCE,
                    false,
                    Properties.NONE,
                    Message.NEVER,
                    "meter");
        }
    }

    @Benchmark
    public void route() {
        next = next + 1 == messages.length ? 0 : next + 1;
        world.broker.shards.get(0).router.publish(messages[next]);
    }
}
