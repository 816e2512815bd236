package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.port.Spans;
import io.coppice.port.Spans.Span;
import io.coppice.port.Tracing.Event;
import io.coppice.port.Tracing.Step;
import io.coppice.port.Tracing.Wanted;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What operators see of clients and messages that they follow, on three nodes of one loop each. */
class TracingTest {
    private static final long LIFE = 600_000;

    private final World world = new World(11, 3, 1, Settings.ofThreeNodes());
    private final SimCluster cluster = world.cluster();
    /** What was told, with the node that told it. */
    private final List<String> nodes = new ArrayList<>();

    private final List<Step> steps = new ArrayList<>();

    TracingTest() {
        cluster.delayMax = 5;
        world.pass(2000);
    }

    private void follow(
            @Nullable String client, @Nullable String topic, @Nullable Predicate<String> address, int sample) {
        Wanted wanted = new Wanted(
                7, client, topic == null ? null : TopicFilter.of(topic), address, sample, world.now() + LIFE);
        for (SimNode node : cluster.nodes) {
            node.broker().tracing().begin(wanted, step -> {
                nodes.add(node.id.name());
                steps.add(step);
            });
        }
        world.pass(100);
    }

    private SimClient client(String clientId, int node) {
        SimClient client = world.client(clientId).persistent().connect(node);
        world.pass(200);
        return client;
    }

    private SimClient subscriber(String clientId, int node, String filter) {
        SimClient client = client(clientId, node);
        client.subscribe(filter, Qos.AT_LEAST_ONCE);
        world.pass(200);
        return client;
    }

    /** Node, event, packet, client and reason of each step, in the order told. */
    private List<String> told() {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            all.add(nodes.get(i) + " " + step.event()
                    + (step.packet() == null ? "" : " " + step.packet())
                    + (step.client() == null ? "" : " " + step.client())
                    + (step.node() == null ? "" : " " + step.node())
                    + (step.reason() == null ? "" : " " + step.reason()));
        }
        return all;
    }

    private Set<Long> messages() {
        return steps.stream().map(Step::message).collect(Collectors.toSet());
    }

    @Test
    void aMessageIsFollowedFromItsPublisherToAllWhoGetIt() {
        SimClient meter = client("meter", 0);
        subscriber("here", 0, "room/+");
        subscriber("there", 2, "room/+");
        follow(null, "room/#", null, 1);

        meter.publish("room/1", "1", Qos.AT_LEAST_ONCE);
        meter.publish("other", "1", Qos.AT_LEAST_ONCE);
        world.pass(500);

        assertThat(told())
                .containsExactlyInAnyOrder(
                        "node0 RECEIVED PUBLISH meter",
                        "node0 MATCHED",
                        "node0 SENT PUBLISH here",
                        "node0 FORWARDED node2",
                        "node0 RECEIVED PUBACK here success",
                        "node2 ARRIVED node0",
                        "node2 SENT PUBLISH there",
                        "node2 RECEIVED PUBACK there success",
                        "node0 SENT PUBACK meter success");
        assertThat(told().subList(0, 2)).containsExactly("node0 RECEIVED PUBLISH meter", "node0 MATCHED");
        assertThat(messages()).as("one name on all nodes").hasSize(1).doesNotContain(0L);
        assertThat(steps).allSatisfy(step -> assertThat(step.hops()).isLessThan(2));
        assertThat(steps.get(told().indexOf("node2 SENT PUBLISH there")).hops()).isOne();
        assertThat(steps.get(1).detail()).isEqualTo("1 subscriptions here, 0 shared, 1 other nodes");
        assertThat(steps.get(0).size()).isOne();
    }

    @Test
    void eachExactlyOnceStepBelongsToItsMessage() {
        SimClient meter = client("meter", 0);
        client("there", 1).subscribe("t", Qos.EXACTLY_ONCE);
        world.pass(200);
        follow(null, "t", null, 1);

        meter.publish("t", "1", Qos.EXACTLY_ONCE);
        meter.publish("t", "2", Qos.EXACTLY_ONCE);
        world.pass(500);

        assertThat(messages()).hasSize(2).doesNotContain(0L);
        for (long message : messages()) {
            assertThat(steps.stream()
                            .filter(step -> step.message() == message && step.packet() != null)
                            .map(step -> step.event() + " " + step.packet() + " " + step.client()))
                    .containsExactlyInAnyOrder(
                            "RECEIVED PUBLISH meter",
                            "SENT PUBREC meter",
                            "RECEIVED PUBREL meter",
                            "SENT PUBCOMP meter",
                            "SENT PUBLISH there",
                            "RECEIVED PUBREC there",
                            "SENT PUBREL there",
                            "RECEIVED PUBCOMP there");
        }
    }

    @Test
    void ofAClientEverythingIsTold() {
        follow("lamp", null, null, 1);
        SimClient meter = client("meter", 1);
        SimClient lamp = subscriber("lamp", 0, "t");
        meter.publish("t", "1", Qos.AT_LEAST_ONCE);
        world.pass(200);
        lamp.drop();
        world.pass(200);
        meter.publish("t", "2", Qos.AT_LEAST_ONCE);
        meter.publish("t", "3", Qos.AT_MOST_ONCE);
        world.pass(200);

        assertThat(told())
                .containsExactly(
                        "node0 RECEIVED CONNECT lamp",
                        "node0 SENT CONNACK lamp success",
                        "node0 RECEIVED SUBSCRIBE lamp",
                        "node0 SENT SUBACK lamp",
                        "node0 SENT PUBLISH lamp",
                        "node0 RECEIVED PUBACK lamp success",
                        "node0 CLOSED lamp unspecified-error",
                        "node0 QUEUED lamp",
                        "node0 DROPPED lamp offline");
        int sent = told().indexOf("node0 SENT PUBLISH lamp");
        assertThat(steps.get(sent + 1).message())
                .as("its answer bears the same name")
                .isEqualTo(steps.get(sent).message())
                .isNotZero();
    }

    @Test
    void aClientThatIsThereAlreadyIsFollowedByItsAddressToo() {
        SimClient lamp = client("lamp", 0);
        follow(null, null, address -> !address.isEmpty(), 1);

        lamp.publish("nowhere", "1", Qos.AT_LEAST_ONCE);
        world.pass(200);

        assertThat(told())
                .containsExactly(
                        "node0 RECEIVED PUBLISH lamp",
                        "node0 DROPPED no_subscribers",
                        "node0 SENT PUBACK lamp no-matching-subscribers");
        client("other", 1);
        assertThat(told()).contains("node1 OPENED", "node1 RECEIVED CONNECT other");
    }

    @Test
    void ofSoManyMessagesOneIsFollowedWithItsAnswers() {
        SimClient meter = client("meter", 0);
        subscriber("there", 2, "t");
        follow("meter", null, null, 3);

        for (int i = 0; i < 9; i++) {
            meter.publish("t", "" + i, Qos.AT_LEAST_ONCE);
        }
        world.pass(500);

        assertThat(told().stream().filter("node0 RECEIVED PUBLISH meter"::equals))
                .hasSize(3);
        assertThat(told().stream().filter("node2 SENT PUBLISH there"::equals)).hasSize(3);
        assertThat(told().stream().filter("node0 SENT PUBACK meter success"::equals))
                .hasSize(3);
        assertThat(messages()).hasSize(3).doesNotContain(0L);
    }

    @Test
    void whatIsRetainedAndWhatAClientLeavesBehindAreFollowed() {
        subscriber("there", 2, "#");
        follow(null, "#", null, 1);
        byte[] payload = "gone".getBytes(StandardCharsets.UTF_8);
        Will will = new Will(TopicName.of("left"), payload, Qos.AT_LEAST_ONCE, true, Properties.NONE, 0, -1);
        SimClient lamp = world.client("lamp");
        lamp.will = will;
        lamp.connect(0);
        world.pass(200);
        lamp.drop();
        world.pass(500);

        assertThat(told())
                .contains("node0 WILL lamp", "node0 RETAINED", "node2 SENT PUBLISH there", "node0 FORWARDED node2");
        assertThat(messages()).hasSize(1);
        SimClient late = client("late", 1);
        steps.clear();
        nodes.clear();
        late.subscribe("left", Qos.AT_MOST_ONCE);
        world.pass(200);
        assertThat(late.payloads()).containsExactly("gone");
        assertThat(steps).as("what is retained is followed no further").isEmpty();
    }

    @Test
    void aTraceEndsByItselfAndWhenItIsToldTo() {
        SimClient meter = client("meter", 0);
        follow("meter", null, null, 1);
        follow("meter", null, null, 1); // known already
        meter.publish("t", "1", Qos.AT_MOST_ONCE);
        world.pass(100);
        int once = steps.size();
        assertThat(told()).containsExactly("node0 RECEIVED PUBLISH meter", "node0 DROPPED no_subscribers");

        world.pass(LIFE);
        meter.publish("t", "1", Qos.AT_MOST_ONCE);
        world.pass(100);
        assertThat(steps).hasSize(once);

        follow("meter", null, null, 1);
        meter.publish("t", "1", Qos.AT_MOST_ONCE);
        world.pass(100);
        assertThat(steps).hasSize(2 * once);
        cluster.nodes.forEach(node -> node.broker().tracing().end(7));
        world.pass(100);
        meter.publish("t", "1", Qos.AT_MOST_ONCE);
        world.pass(100);
        assertThat(steps).hasSize(2 * once);
    }

    @Test
    void whoMayNotIsToldSoAndTheTraceSaysWhy() {
        world.gatekeeper.topicsForbidden.add("secret");
        SimClient meter = client("meter", 0);
        follow("meter", null, null, 1);
        meter.publish("secret", "1", Qos.AT_LEAST_ONCE);
        world.pass(100);

        assertThat(told())
                .containsExactly(
                        "node0 RECEIVED PUBLISH meter",
                        "node0 DROPPED not_authorized",
                        "node0 SENT PUBACK meter not-authorized");
        assertThat(meter.all(Packet.PubAck.class)).hasSize(1);
        assertThat(steps.get(0).packet()).isEqualTo(PacketType.PUBLISH);
        assertThat(steps.get(1).event()).isEqualTo(Event.DROPPED);
    }

    private List<Span> spans(int sample) {
        List<Span> spans = new ArrayList<>();
        cluster.nodes.forEach(node -> node.broker().tracing().spans(spans::add, sample));
        world.pass(10);
        return spans;
    }

    private static List<String> words(List<Span> spans) {
        return spans.stream()
                .map(span -> span.kind() + (span.fault() == null ? "" : " " + span.fault()))
                .toList();
    }

    @Test
    void ofSoManyMessagesSpansAreMadeOfOneAndSayWhyNobodyGotIt() {
        SimClient meter = client("meter", 0);
        List<Span> spans = spans(2);
        for (int i = 0; i < 4; i++) {
            meter.publish("nowhere", "1", Qos.AT_LEAST_ONCE);
            world.pass(100);
        }

        assertThat(words(spans))
                .containsExactly(
                        "DELIVER no_subscribers", "ROUTE", "PUBLISH", "DELIVER no_subscribers", "ROUTE", "PUBLISH");
        assertThat(spans.stream().map(span -> span.context().traceLow()).distinct())
                .as("each is a trace of its own")
                .hasSize(2);
        assertThat(spans.stream().filter(span -> span.kind() == Spans.Kind.PUBLISH))
                .allSatisfy(span -> assertThat(span.parent()).isZero());
    }

    @Test
    void anExactlyOnceDeliveryIsOneSpanUntilItIsDone() {
        SimClient meter = client("meter", 0);
        client("there", 1).subscribe("t", Qos.EXACTLY_ONCE);
        world.pass(200);
        List<Span> spans = spans(1);
        meter.publish("t", "1", Qos.EXACTLY_ONCE);
        world.pass(500);

        assertThat(words(spans)).containsExactlyInAnyOrder("PUBLISH", "ROUTE", "FORWARD", "ARRIVE", "DELIVER");
        assertThat(spans)
                .allSatisfy(span -> assertThat(span.context().traceLow())
                        .isEqualTo(spans.get(0).context().traceLow()));
    }
}
