package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Property.TOPIC_ALIAS;
import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Subscribe;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Unsubscribe;
import io.coppice.blackbox.Version;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Topics and filters that are too deep, none at all, or not the client's to use. */
@BlackBox
class TopicsIT {
    /** The default of limits.topic-levels-max. */
    private static final int LEVELS_MAX = 128;

    private final Broker broker;
    private final Names names;
    private final Trial trial;

    TopicsIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
        this.trial = new Trial(broker, names);
    }

    static Stream<Arguments> deepTopics() {
        return Cases.everywhere(List.of(
                Named.of("65,535 slashes", "/".repeat(65_535)),
                Named.of("32,767 levels", "a/".repeat(32_767)),
                Named.of("one level too many", "/".repeat(LEVELS_MAX))));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("deepTopics")
    @Hostile("B16")
    void aTopicThatIsTooDeepEndsTheConnection(Transport transport, Version version, String topic) {
        trial.ends(transport, version, Packets.publish(version, topic).qos(1).id(1), 0x90);
        trial.ends(transport, version, Packets.publish(version, topic).retain(), 0x90);
    }

    @InEveryVersion
    @Hostile("B16")
    void aWillThatIsTooDeepIsRefused(Transport transport, Version version) {
        trial.refuses(
                transport,
                version,
                Packets.connect(version, names.client("c")).will("/".repeat(16_000), "", 0, false),
                0x90);
        trial.refuses(
                transport,
                version,
                Packets.connect(version, names.client("c")).will("/".repeat(LEVELS_MAX), "", 0, false),
                0x90);
    }

    @InEveryVersion
    @Hostile({"B16", "B17"})
    void asManyLevelsAsTheLimitAllowsAreServed(Transport transport, Version version) {
        String below = "/x".repeat(LEVELS_MAX - 2);
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.subscribe(names.topic("+") + "/+".repeat(LEVELS_MAX - 3) + "/x", 1);
            client.publish(names.topic("x") + below, "deep", 1);
            assertThat(client.receive().text()).isEqualTo("deep");
        }
    }

    @InEveryVersion
    @Hostile("B17")
    void filtersThatAreTooDeepAreRefusedOneByOne(Transport transport, Version version) throws Exception {
        List<String> deep = List.of(
                "/".repeat(65_535),
                "+/".repeat(20_000) + "+",
                "+/".repeat(20_000) + "#",
                "$share/g/" + "/".repeat(60_000),
                "$share/g/" + "+/".repeat(20_000) + "#",
                "/".repeat(LEVELS_MAX));
        try (Bystanders others = new Bystanders(broker, names);
                RawClient client = broker.connect(transport, version, names.client("c"))) {
            Duration slowest = others.during(() -> {
                for (int i = 0; i < 5; i++) {
                    filters(client, deep);
                }
            });
            assertThat(slowest).isLessThan(Bystanders.SOON);
            client.subscribe(names.topic("still"), 0);
        }
    }

    private static void filters(RawClient client, List<String> deep) {
        Version version = client.version();
        Subscribe subscribe = Packets.subscribe(version, client.nextId());
        Unsubscribe unsubscribe = Packets.unsubscribe(version, client.nextId());
        for (String filter : deep) {
            subscribe.filter(filter, 1);
            unsubscribe.filter(filter);
        }
        assertThat(client.subscribe(subscribe).reasons())
                .hasSize(deep.size())
                .containsOnly(version.is5() ? 0x8F : 0x80);
        client.send(unsubscribe);
        Received answer = client.expect(UNSUBACK);
        if (version.is5()) {
            assertThat(answer.reasons()).hasSize(deep.size()).containsOnly(0x11);
        }
    }

    static Stream<Arguments> wildcards() {
        return Cases.everywhere(List.of("#", "+", "a/+", "a/#", "+/a", "a+", "a#b", "/+/"));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("wildcards")
    @Hostile("B19")
    void aTopicWithAWildcardIsNeitherRoutedNorKept(Transport transport, Version version, String topic) {
        String base = names.topic("w/");
        for (int qos = 0; qos <= 2; qos++) {
            try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                    RawClient after = broker.connect(transport, version, names.client("a"))) {
                watcher.subscribe(base + "#", 2);
                trial.ends(
                        transport,
                        version,
                        Packets.publish(version, base + topic)
                                .qos(qos)
                                .id(7)
                                .retain()
                                .payload("x"),
                        0x90);
                watcher.expectNothing();
                after.subscribe(base + "#", 2);
                after.expectNothing();
            }
        }
    }

    @OnEveryTransport
    @Hostile("B20")
    void aPublishWithoutTopicAndAliasEndsTheConnection(Transport transport) {
        trial.ends(transport, V5, Packets.publish(V5, ""), 0x82);
        trial.ends(transport, V5, Packets.publish(V5, "").qos(2).id(1).retain(), 0x82);
        trial.ends(transport, V311, Packets.publish(V311, ""));
        trial.ends(transport, V311, Packets.publish(V311, "").qos(1).id(1).retain());
    }

    @OnEveryTransport
    @Hostile("B20")
    void anAliasThatIsNotSetOrNotAllowedEndsTheConnection(Transport transport) {
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            long max = client.connack()
                    .properties()
                    .number(io.coppice.blackbox.Property.TOPIC_ALIAS_MAXIMUM)
                    .orElseThrow();
            assertThat(max).isBetween(1L, 32L);
            for (String topic : List.of("", names.topic("t"))) {
                trial.ends(transport, V5, Packets.publish(V5, topic).props(Props.of(TOPIC_ALIAS, 0)), 0x94);
                trial.ends(transport, V5, Packets.publish(V5, topic).props(Props.of(TOPIC_ALIAS, max + 1)), 0x94);
                trial.ends(transport, V5, Packets.publish(V5, topic).props(Props.of(TOPIC_ALIAS, 0xFFFF)), 0x94);
            }
            trial.ends(transport, V5, Packets.publish(V5, "").props(Props.of(TOPIC_ALIAS, max)), 0x82);
        }
    }

    static Stream<Arguments> brokersOwn() {
        return Cases.everywhere(List.of("$SYS", "$SYS/x", "$SYS/broker/uptime", "$share/g/t", "$share/g"));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("brokersOwn")
    @Hostile("B54")
    void topicsOfTheBrokerAreNotPublishedTo(Transport transport, Version version, String topic) {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient client = broker.connect(transport, version, names.client("c"))) {
            if (!topic.startsWith("$share")) {
                watcher.subscribe(topic.equals("$SYS/broker/uptime") ? topic + "/none" : topic, 1);
            }
            int denied = version.is5() ? 0x87 : 0;
            client.send(Packets.publish(version, topic).payload("0").retain());
            client.send(
                    Packets.publish(version, topic).payload("1").retain().qos(1).id(1));
            assertThat(client.expect(PUBACK).reason()).isEqualTo(denied);
            client.send(Packets.publish(version, topic).payload("2").qos(2).id(2));
            assertThat(client.expect(PUBREC).reason()).isEqualTo(denied);
            watcher.expectNothingFrom(client);
            others.noticeNothing();
        }
    }

    @InEveryVersion
    @Hostile("B54")
    void otherTopicsWithADollarReachOnlyThoseWhoNameThem(Transport transport, Version version) {
        String topic = "$" + names.client("own") + "/a";
        try (RawClient client = broker.connect(transport, version, names.client("c"));
                RawClient named = broker.connect(transport, version, names.client("n"));
                RawClient wild = broker.connect(transport, version, names.client("w"))) {
            named.subscribe(topic, 1);
            wild.subscribe("+/a", 1);
            client.publish(topic, "x", 1);
            assertThat(named.receive().text()).isEqualTo("x");
            wild.expectNothing();
        }
    }
}
