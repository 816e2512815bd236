package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.RetainedWrites.Write;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.NodeId;
import io.coppice.simulation.Settings;
import io.coppice.simulation.World;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetainedWritesTest {
    private static final NodeId OAK = new NodeId("oak", 1);
    private static final NodeId ASH = new NodeId("ash", 2);
    private static final long PATIENCE = 1000;

    private final World world = new World(1, 1, new Settings());
    private final RetainedWrites writes = new RetainedWrites();
    private final List<String> over = new ArrayList<>();

    private static Write begin(RetainedWrites writes, NodeId node, long number, String topic) {
        Write write = new Write(node, 0, number);
        writes.begun(write, TopicName.of(topic));
        return write;
    }

    private void await(String name, String... filters) {
        List<Subscription> subscriptions = new ArrayList<>();
        for (String filter : filters) {
            subscriptions.add(new Subscription(TopicFilter.of(filter), SubscriptionOptions.of(Qos.AT_MOST_ONCE), 0));
        }
        writes.whenOver(world.loops.get(0), subscriptions, PATIENCE, () -> over.add(name));
    }

    @Test
    void nobodyWaitsForWhatDoesNotConcernIt() {
        begin(writes, OAK, 1, "a/b");
        await("other", "a", "a/c", "b/#");
        await("none");

        assertThat(over).containsExactly("other", "none");
    }

    @Test
    void whoSubscribesWaitsForAllThatIsUnderWayAndForNothingLater() {
        Write first = begin(writes, OAK, 1, "a/b");
        Write second = begin(writes, ASH, 1, "a/c");
        await("both", "a/+");
        await("one", "a/b", "x");
        begin(writes, OAK, 2, "a/b");
        writes.ended(first);
        world.run();
        assertThat(over).containsExactly("one");
        writes.ended(second);
        writes.ended(second);
        world.run();

        assertThat(over).containsExactly("one", "both");
        world.pass(2 * PATIENCE);
        assertThat(over).containsExactly("one", "both");
        assertThat(writes.late()).isZero();
    }

    @Test
    void whatANodeThatIsGoneHadUnderWayIsOver() {
        begin(writes, OAK, 1, "a");
        Write stays = begin(writes, ASH, 1, "b");
        await("a", "a");
        await("all", "#");
        writes.gone(OAK);
        world.run();
        assertThat(over).containsExactly("a");
        writes.ended(stays);
        world.run();

        assertThat(over).containsExactly("a", "all");
        assertThat(writes.size()).isZero();
    }

    @Test
    void patienceEnds() {
        Write write = begin(writes, OAK, 1, "a");
        await("a", "a");
        world.pass(PATIENCE - 1);
        assertThat(over).isEmpty();
        world.pass(1);
        assertThat(over).containsExactly("a");
        assertThat(writes.late()).isEqualTo(1);
        writes.ended(write);
        world.run();

        assertThat(over).containsExactly("a");
    }
}
