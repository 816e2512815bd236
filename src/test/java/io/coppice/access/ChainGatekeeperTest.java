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
import io.coppice.port.Loop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
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

    /** Says of everybody what it is made with. */
    private static final class Sayer implements Authenticator {
        private final Opinion opinion;
        private int asked;
        private int withdrawn;

        Sayer(Opinion opinion) {
            this.opinion = opinion;
        }

        @Override
        public void judge(Credentials credentials, Loop loop, Consumer<Opinion> then) {
            asked++;
            then.accept(opinion);
        }

        @Override
        public void withdraw(Credentials credentials) {
            withdrawn++;
        }

        @Override
        public int waiting() {
            return 2;
        }
    }

    private final Sayer ignorant = new Sayer(Authenticator.Opinion.NONE);
    private final Sayer sure = new Sayer(Authenticator.Opinion.vouched("bert"));
    private final Sayer hostile = new Sayer(Authenticator.Opinion.REFUSED);

    private static ChainGatekeeper chain(boolean anonymous, Authenticator... authenticators) {
        return new ChainGatekeeper(List.of(authenticators), new OpenAuthorizer(), anonymous);
    }

    @Test
    void theFirstThatCanTellDecides() {
        assertThat(ask(chain(false, ignorant, sure, hostile), NAMED))
                .isEqualTo(new Verdict(
                        ReasonCode.SUCCESS, new Identity("meter", "bert", "192.0.2.1:50214", "mqtt", null)));
        assertThat(hostile.asked).isZero();
        assertThat(ask(chain(true, ignorant, hostile, sure), NAMED))
                .isEqualTo(new Verdict(ReasonCode.BAD_USER_NAME_OR_PASSWORD, null));
    }

    @Test
    void aNameThatNobodyVouchesForIsNoneWhereThereAreUsers() {
        assertThat(ask(chain(true, ignorant), NAMED)).isEqualTo(new Verdict(ReasonCode.SUCCESS, SOMEONE));
        assertThat(ask(chain(false, ignorant), NAMED)).isEqualTo(new Verdict(ReasonCode.NOT_AUTHORIZED, null));
    }

    @Test
    void allAreToldOfWhoWithdrawsAndSayHowManyWait() {
        ChainGatekeeper both = chain(false, ignorant, sure);
        both.withdraw(NAMED);

        assertThat(ignorant.withdrawn + sure.withdrawn).isEqualTo(2);
        assertThat(both.waiting()).isEqualTo(4);
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

    @Test
    void oneThatCannotBeLookedAtKeepsNoOtherFromIt() {
        AtomicInteger looks = new AtomicInteger();
        Authenticator broken = new Authenticator() {
            @Override
            public void judge(Credentials credentials, Loop loop, Consumer<Opinion> then) {
                then.accept(Opinion.NONE);
            }

            @Override
            public void refresh() {
                looks.incrementAndGet();
                throw new IllegalStateException("a disk");
            }
        };

        assertThat(new ChainGatekeeper(List.of(broken, broken), new OpenAuthorizer(), true).refresh())
                .isFalse();
        assertThat(looks).hasValue(2);
    }
}
