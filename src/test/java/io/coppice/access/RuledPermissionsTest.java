package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.codec.Allocation;
import io.coppice.config.ConfigException;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Permissions;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuledPermissionsTest {
    private RuleBook inForce = acl("");

    private static RuleBook acl(String text) {
        try {
            return MosquittoAcl.read(Path.of("acl"), text, RuleFile.RULES_MAX);
        } catch (ConfigException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private Permissions permissions() {
        return new RuledPermissions(MosquittoAclTest.who("x", null), () -> inForce);
    }

    private static boolean mayPublish(Permissions permissions, String topic) {
        return permissions.mayPublish(TopicName.of(topic), Qos.AT_MOST_ONCE, false);
    }

    @Test
    void newRulesHoldForTheNextQuestion() {
        inForce = acl("topic write a\ntopic read b");
        Permissions permissions = permissions();
        assertThat(mayPublish(permissions, "a")).isTrue();
        assertThat(permissions.mayReceive(TopicName.of("b"))).isTrue();
        inForce = acl("topic read a\ntopic write b");

        assertThat(mayPublish(permissions, "a")).isFalse();
        assertThat(permissions.mayReceive(TopicName.of("a"))).isTrue();
        assertThat(mayPublish(permissions, "b")).isTrue();
        assertThat(permissions
                        .maySubscribe(TopicFilter.of("b"), Qos.AT_MOST_ONCE)
                        .isError())
                .isTrue();
    }

    @Test
    void noRuleLetsClientsPublishWhatTheBrokerSays() {
        inForce = acl("topic readwrite $SYS/#\ntopic readwrite #");

        assertThat(mayPublish(permissions(), "$SYS/broker/load")).isFalse();
        assertThat(permissions().mayReceive(TopicName.of("$SYS/broker/load"))).isTrue();
    }

    @Test
    void whatTheBrokerSaysIsReadOnlyByARuleForIt() {
        inForce = acl("topic read #");

        assertThat(permissions().mayReceive(TopicName.of("$SYS/broker/load"))).isFalse();
        assertThat(permissions()
                        .maySubscribe(TopicFilter.of("$SYS/#"), Qos.AT_MOST_ONCE)
                        .isError())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "a/b, true",
        "a/#, true",
        "#, true",
        "+/b, true",
        "c, false",
        "c/#, false",
        "+, true",
        "secret/x, false",
        "secret/#, false",
        "open/#, true",
        "open/shut, false",
        "out/x, false",
        "$SYS/#, false",
        "$share/g/a/b, true",
        "$share/g/a/+, false",
        "$share/g/#, false",
        "$share/g/open/x, true",
        "$share/g/open/shut, false",
        "$share/g/open/#, false",
        "$share/g/wide/+/x, true",
    })
    void aFilterIsGrantedWhereItMayBringSomethingAndASharedOneWhereItBringsNothingElse(String filter, boolean granted) {
        inForce = acl("""
                topic read a/b
                topic deny secret/#
                topic read secret/x
                topic read open/#
                topic deny open/shut
                topic write out/#
                topic read wide/#
                """);

        assertThat(!permissions()
                        .maySubscribe(TopicFilter.of(filter), Qos.AT_MOST_ONCE)
                        .isError())
                .isEqualTo(granted);
    }

    @Test
    void whatIsRememberedIsWhatTheRulesSay() {
        for (long seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Permissions permissions = permissions();
            for (int i = 0; i < 2_000; i++) {
                if (random.nextInt(500) == 0) {
                    StringBuilder text = new StringBuilder();
                    for (int topic = 0; topic < 1_000; topic++) {
                        text.append(random.nextBoolean() ? "topic t/" + topic + "\n" : "");
                    }
                    inForce = acl(text.toString());
                }
                TopicName topic = TopicName.of("t/" + random.nextInt(1 << random.nextInt(11)));
                assertThat(permissions.mayPublish(topic, Qos.AT_MOST_ONCE, false))
                        .as("seed %d: %s", seed, topic)
                        .isEqualTo(inForce.rightsOf(MosquittoAclTest.who("x", null))
                                        .allowed(topic)
                                != 0);
            }
        }
    }

    /** Topics that are remembered, and ten times as many as can be. */
    @ParameterizedTest
    @CsvSource({"1", "100", "2560"})
    void judgingATopicAllocatesNothing(int topics) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 10_000; i++) {
            text.append("topic readwrite site/").append(i).append("/+\n");
        }
        inForce = acl(text.append("pattern read in/%c/#\n").toString());
        Permissions permissions = permissions();
        TopicName[] names = new TopicName[topics];
        for (int i = 0; i < topics; i++) {
            names[i] = TopicName.of("site/" + i + "/state");
        }
        int judged = 20_000;
        AtomicInteger allowed = new AtomicInteger();
        Runnable judging = () -> {
            for (int i = 0; i < judged; i++) {
                if (permissions.mayPublish(names[i % topics], Qos.AT_MOST_ONCE, false)) {
                    allowed.incrementAndGet();
                }
            }
        };
        judging.run(); // until there is room for what is remembered
        long bytes = Allocation.bytes(judging);

        assertThat(allowed.get()).isGreaterThanOrEqualTo(2 * judged);
        // Not even a byte for each.
        assertThat(bytes).isLessThan(judged);
    }
}
