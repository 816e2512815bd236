package io.coppice.session;

import static io.coppice.session.Worlds.LIMITS;
import static io.coppice.session.Worlds.NO_IDS;
import static io.coppice.session.Worlds.aliased;
import static io.coppice.session.Worlds.connected;
import static io.coppice.session.Worlds.message;
import static io.coppice.session.Worlds.pubAck;
import static io.coppice.session.Worlds.reconnect;
import static io.coppice.session.Worlds.v5;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Topic aliases in both directions (MQTT 5, 3.3.2.3.4). */
class TopicAliasesTest {
    private final FakeEffects effects = new FakeEffects();

    private static void assertError(ReasonCode reason, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProtocolError.class,
                        error -> assertThat(error.reasonCode()).isEqualTo(reason));
    }

    private List<String> routedTopics() {
        return effects.routes().stream()
                .map(route -> route.message().topic().value())
                .toList();
    }

    /** Topic (or - where only the alias says it) and alias of each PUBLISH to the client. */
    private List<String> sentTopics() {
        return effects.sent().stream()
                .map(sent -> (sent.withTopic() ? sent.message().topic().value() : "-") + ":" + sent.topicAlias())
                .toList();
    }

    private static void deliver(Session session, String topic) {
        session.deliver(message(topic, "x"), Qos.AT_MOST_ONCE, false, NO_IDS);
    }

    @Test // MQTT-3.3.2-12
    void aClientMayUseEveryAliasUpToTheMaximumAndSetItAnew() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(aliased("last", 16));
        for (int alias = 1; alias <= 15; alias++) {
            session.publish(aliased("t" + alias, alias));
        }
        session.publish(aliased(null, 16));
        session.publish(aliased(null, 15));
        session.publish(aliased("other", 15));
        session.publish(aliased(null, 15));
        assertThat(routedTopics()).endsWith("last", "t15", "other", "other").hasSize(20);
    }

    @Test // MQTT-3.3.2-9, hostile B20
    void anAliasOutOfBoundsEndsTheConnection() {
        Session session = connected(LIMITS, effects, v5());
        for (int alias : new int[] {17, 65_535, -1}) {
            assertError(ReasonCode.TOPIC_ALIAS_INVALID, () -> session.publish(aliased("t", alias)));
            assertError(ReasonCode.TOPIC_ALIAS_INVALID, () -> session.publish(aliased(null, alias)));
        }
        SessionLimits none = new SessionLimits(1, 1, 1, Long.MAX_VALUE, Overflow.REJECT, 1, 1, 0, 0);
        Session without = connected(none, new FakeEffects(), v5());
        assertError(ReasonCode.TOPIC_ALIAS_INVALID, () -> without.publish(aliased("t", 1)));
    }

    @Test
    void anAliasThatWasNotSetEndsTheConnectionAsDoesNoTopicAtAll() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(aliased("t", 2));
        assertError(ReasonCode.PROTOCOL_ERROR, () -> session.publish(aliased(null, 1)));
        assertError(ReasonCode.PROTOCOL_ERROR, () -> session.publish(aliased(null, 16)));
        assertError(ReasonCode.PROTOCOL_ERROR, () -> session.publish(aliased(null, 0)));
    }

    @Test // MQTT-3.3.2-7
    void aliasesDoNotOutliveTheConnection() {
        Session session = connected(LIMITS, effects, v5(10, 5));
        session.publish(aliased("t", 1));
        deliver(session, "topic");
        reconnect(session, v5(10, 5));
        assertError(ReasonCode.PROTOCOL_ERROR, () -> session.publish(aliased(null, 1)));
        deliver(session, "topic");
        assertThat(sentTopics()).containsExactly("topic:1", "topic:1");
    }

    @Test // MQTT-3.1.2-26, MQTT-3.1.2-27
    void noAliasIsUsedTowardsAClientThatWantsNone() {
        Session session = connected(LIMITS, effects, v5(10, 0));
        deliver(session, "topic");
        deliver(session, "topic");
        assertThat(sentTopics()).containsExactly("topic:0", "topic:0");
    }

    @Test
    void theTopicGoesWithItsAliasOnceAndTheLeastRecentlyUsedAliasIsGivenAnew() {
        Session session = connected(LIMITS, effects, v5(10, 2));
        for (String topic : List.of("aaaa", "bbbb", "aaaa", "cccc", "aaaa", "bbbb", "cccc")) {
            deliver(session, topic);
        }
        assertThat(sentTopics()).containsExactly("aaaa:1", "bbbb:2", "-:1", "cccc:2", "-:1", "bbbb:2", "cccc:1");
    }

    @Test
    void aTopicShorterThanTheAliasPropertyGetsNone() {
        Session session = connected(LIMITS, effects, v5(10, 2));
        deliver(session, "a/b");
        deliver(session, "a/b");
        assertThat(sentTopics()).containsExactly("a/b:0", "a/b:0");
    }

    @Test // MQTT-3.1.2-24
    void anAliasThatWouldMakeThePacketTooLargeIsNotUsed() {
        Session session = connected(LIMITS, effects, v5(10, 12, 2));
        deliver(session, "12345678"); // 9 bytes with its payload; an alias may add 5
        deliver(session, "123456");
        assertThat(sentTopics()).containsExactly("12345678:0", "123456:1");
    }

    @Test
    void aMessageThatIsSentAgainCarriesItsTopicAndNoAlias() {
        Session session = connected(LIMITS, effects, v5(10, 2));
        session.deliver(message("topic", "x"), Qos.AT_LEAST_ONCE, false, NO_IDS);
        session.deliver(message("topic", "y"), Qos.AT_LEAST_ONCE, false, NO_IDS);
        reconnect(session, v5(10, 2));
        session.pubAck(pubAck(1));
        session.deliver(message("topic", "z"), Qos.AT_LEAST_ONCE, false, NO_IDS);
        assertThat(sentTopics()).containsExactly("topic:1", "-:1", "topic:0", "topic:0", "topic:1");
    }

    @Test
    void aliasesAgreeWithASimpleModel() {
        for (long seed = 1; seed <= 100; seed++) {
            Random random = new Random(seed);
            int max = 1 + random.nextInt(40);
            OutboundAliases aliases = new OutboundAliases(max);
            Map<String, Integer> model = new LinkedHashMap<>(16, 0.75f, true);
            int topics = 1 + random.nextInt(80);
            for (int step = 0; step < 2000; step++) {
                String topic = "topic/" + random.nextInt(topics);
                Integer known = model.get(topic);
                int expected;
                if (known != null) {
                    expected = known;
                } else {
                    int alias = model.size() + 1;
                    if (model.size() == max) {
                        String oldest = model.keySet().iterator().next();
                        alias = requireNonNull(model.remove(oldest));
                    }
                    model.put(topic, alias);
                    expected = -alias;
                }
                assertThat(aliases.use(TopicName.of(topic))).as("seed %d", seed).isEqualTo(expected);
            }
        }
    }

    @Test
    void allAliasesThereAreCanBeGiven() {
        OutboundAliases aliases = new OutboundAliases(65_535);
        for (int i = 1; i <= 65_535; i++) {
            assertThat(aliases.use(TopicName.of("topic/" + i))).isEqualTo(-i);
        }
        assertThat(aliases.use(TopicName.of("topic/1"))).isEqualTo(1);
        assertThat(aliases.use(TopicName.of("new"))).isEqualTo(-2);
    }
}
