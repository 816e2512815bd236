package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.codec.Allocation;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Gatekeeper.Verdict;
import io.coppice.port.IdleLoop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChainGatekeeperTest {
    private static final Credentials NAMELESS = new Credentials("meter", null, null, "192.0.2.1:50214", "mqtt", null);
    private static final Credentials NAMED = new Credentials(
            "meter", "anna", "secret".getBytes(StandardCharsets.UTF_8), "192.0.2.1:50214", "mqtt", null);
    private static final Identity SOMEONE = new Identity("meter", null, "192.0.2.1:50214", "mqtt", null);

    private final ChainGatekeeper open = ChainGatekeeper.open(true);
    private final ChainGatekeeper shut = ChainGatekeeper.open(false);

    private static Verdict ask(ChainGatekeeper gatekeeper, Credentials credentials) {
        List<Verdict> answers = new ArrayList<>();
        gatekeeper.authenticate(credentials, new IdleLoop(0), answers::add);
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    private boolean mayPublish(String topic) {
        return open.permissions(SOMEONE).mayPublish(TopicName.of(topic), Qos.AT_MOST_ONCE, false);
    }

    @Test
    void aClientWithoutNameEntersWhereAnonymousOnesMay() {
        assertThat(ask(open, NAMELESS))
                .isEqualTo(
                        new Verdict(ReasonCode.SUCCESS, new Identity("meter", null, "192.0.2.1:50214", "mqtt", null)));
    }

    @Test
    void aClientWithNameEntersWhereAnonymousOnesMayAndKeepsItsName() {
        assertThat(ask(open, NAMED))
                .isEqualTo(new Verdict(
                        ReasonCode.SUCCESS, new Identity("meter", "anna", "192.0.2.1:50214", "mqtt", null)));
    }

    @Test
    void nobodyEntersWhereAnonymousClientsMayNot() {
        Verdict refusal = new Verdict(ReasonCode.NOT_AUTHORIZED, null);

        assertThat(ask(shut, NAMELESS)).isEqualTo(refusal);
        assertThat(ask(shut, NAMED)).isEqualTo(refusal);
    }

    @Test
    void noMethodOfEnhancedAuthenticationIsKnown() {
        assertThat(open.exchange("SCRAM-SHA-256", NAMED)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"$SYS", "$SYS/", "$SYS/broker/uptime", "$share/", "$share/group/topic"})
    void clientsDoNotPublishToTheTopicsOfTheBroker(String topic) {
        assertThat(mayPublish(topic)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "/", "SYS/a", "a/$SYS/b", "$", "$SY", "$SYSTEM", "$sys/a", "$shared/a", "$aws/things"})
    void clientsPublishToAllOtherTopics(String topic) {
        assertThat(mayPublish(topic)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"#", "+/a", "$SYS/#", "$share/group/#"})
    void clientsSubscribeToEverything(String filter) {
        assertThat(open.permissions(SOMEONE).maySubscribe(TopicFilter.of(filter), Qos.EXACTLY_ONCE))
                .isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void judgingATopicAllocatesNothing() {
        TopicName[] topics = {TopicName.of("a/b"), TopicName.of("$SYS/a"), TopicName.of("$aws/things/and/more")};
        int judged = 9_000;
        AtomicInteger allowed = new AtomicInteger();
        long bytes = Allocation.bytes(() -> {
            for (int i = 0; i < judged; i++) {
                if (open.permissions(SOMEONE).mayPublish(topics[i % topics.length], Qos.AT_MOST_ONCE, false)) {
                    allowed.incrementAndGet();
                }
            }
        });

        assertThat(allowed.get()).isPositive();
        // Not even a byte for each.
        assertThat(bytes).isLessThan(judged);
    }
}
