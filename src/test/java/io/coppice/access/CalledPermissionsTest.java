package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.access.HttpCalls.Answer;
import io.coppice.config.CoppiceConfig.HttpCallout;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;
import io.coppice.port.Questions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one client may do by the answers of somebody who is asked over HTTP. */
class CalledPermissionsTest {
    private static final long LIFE_MILLIS = 60_000;
    private static final long STALE_MILLIS = 300_000;
    private static final Identity ANNA = new Identity("lamp", "anna", "192.0.2.1:5", "mqtt", null);

    private final List<String> questions = new ArrayList<>();
    private final Queue<Consumer<@Nullable Answer>> asked = new ArrayDeque<>();
    private final List<Boolean> known = new ArrayList<>();
    private final Mailbox loop = new Mailbox();
    private long now = 1_800_000_000_000L;
    private final Callout callout = new Callout(
            (question, then) -> {
                questions.add(new String(question, UTF_8));
                asked.add(then);
            },
            new HttpCallout(
                    "",
                    "http://localhost",
                    "",
                    "",
                    Duration.ofSeconds(5),
                    2,
                    1,
                    Duration.ofMinutes(1),
                    Duration.ofMillis(LIFE_MILLIS),
                    Duration.ofMillis(STALE_MILLIS),
                    1000,
                    65_536,
                    3,
                    Duration.ofSeconds(10)),
            new byte[32],
            () -> now);
    private Authorizer rules = new ClosedAuthorizer();
    private Permissions anna = new CalledAuthorizer(callout, rules).permissions(ANNA);
    private Questions annas = Objects.requireNonNull(anna.questions());

    private void rules(String... lines) throws Exception {
        RuleBook book = MosquittoAcl.read(java.nio.file.Path.of("acl"), String.join("\n", lines), 100);
        rules = who -> new RuledPermissions(who, () -> book);
        anna = new CalledAuthorizer(callout, rules).permissions(ANNA);
        annas = Objects.requireNonNull(anna.questions());
    }

    private static TopicName topic(String topic) {
        return TopicName.of(topic);
    }

    private void askPublish(String topic) {
        annas.ask(topic(topic), Qos.AT_LEAST_ONCE, false, loop, known::add);
    }

    private void askSubscribe(String filter) {
        annas.ask(TopicFilter.of(filter), Qos.AT_LEAST_ONCE, loop, known::add);
    }

    private void answer(int status, String body) throws InterruptedException {
        asked.remove().accept(new Answer(status, body.getBytes(UTF_8)));
        loop.runOne();
    }

    private void answer(String result) throws InterruptedException {
        answer(200, "{\"result\":\"" + result + "\"}");
    }

    private void noAnswer() throws InterruptedException {
        asked.remove().accept(null);
        loop.runOne();
    }

    private boolean mayPublish(String topic) {
        return anna.mayPublish(topic(topic), Qos.AT_LEAST_ONCE, false);
    }

    private boolean isAnswered(String topic) {
        return annas.isAnswered(topic(topic), Qos.AT_LEAST_ONCE, false, now);
    }

    private ReasonCode maySubscribe(String filter) {
        return anna.maySubscribe(TopicFilter.of(filter), Qos.AT_LEAST_ONCE);
    }

    @Test
    void aQuestionSaysWhoWantsToDoWhat() throws Exception {
        askPublish("a\"b");
        answer("allow");
        askSubscribe("$share/g/a/#");

        assertThat(questions)
                .containsExactly(
                        "{\"action\":\"publish\",\"topic\":\"a\\\"b\",\"qos\":1,\"clientid\":\"lamp\",\"username\":\"anna\","
                                + "\"peerhost\":\"192.0.2.1\",\"listener\":\"mqtt\",\"retain\":false}",
                        "{\"action\":\"subscribe\",\"topic\":\"a/#\",\"qos\":1,\"clientid\":\"lamp\",\"username\":\"anna\","
                                + "\"peerhost\":\"192.0.2.1\",\"listener\":\"mqtt\"}");
    }

    @Test
    void anAnswerDecidesForItsTime() throws Exception {
        assertThat(mayPublish("a")).isFalse();
        assertThat(isAnswered("a")).isFalse();
        askPublish("a");
        answer("allow");
        askPublish("b");
        answer("deny");

        assertThat(known).containsExactly(true, true);
        assertThat(mayPublish("a")).isTrue();
        assertThat(mayPublish("b")).isFalse();
        assertThat(isAnswered("a") && isAnswered("b")).isTrue();
        assertThat(annas.isAnswered(topic("a"), Qos.AT_MOST_ONCE, false, now)).isFalse();
        assertThat(annas.isAnswered(topic("a"), Qos.AT_LEAST_ONCE, true, now)).isFalse();
        now += LIFE_MILLIS;
        assertThat(isAnswered("a")).isFalse();
        assertThat(mayPublish("a"))
                .as("the last answer, until it is asked again")
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 204, 401, 403, 404, 500, 301})
    void statusesMeanWhatTheyMeanAtTheDoor(int status) throws Exception {
        askPublish("a");
        answer(status, status == 200 ? "{}" : "");

        assertThat(mayPublish("a")).isEqualTo(status == 204);
        assertThat(known).containsExactly(List.of(204, 401, 403).contains(status));
    }

    @Test
    void withoutAnAnswerTheAnswerIsNoAndIsNotRemembered() throws Exception {
        askPublish("a");
        noAnswer();

        assertThat(known).containsExactly(false);
        assertThat(mayPublish("a")).isFalse();
        assertThat(annas.isAnswered(topic("a"), Qos.AT_LEAST_ONCE, false, Questions.ANY_TIME))
                .isTrue();
        assertThat(isAnswered("a")).isFalse();
        askPublish("a");
        answer("allow");
        assertThat(mayPublish("a")).isTrue();
    }

    @Test
    void anotherConnectionOfTheSameClientIsNotAskedAboutAnew() throws Exception {
        askPublish("a");
        answer("allow");
        now += LIFE_MILLIS - 1;
        annas = Objects.requireNonNull(new CalledAuthorizer(callout, rules)
                .permissions(new Identity("lamp", "anna", "192.0.2.1:6", "mqtt", null))
                .questions());
        askPublish("a");

        assertThat(known).as("at once").containsExactly(true, true);
        assertThat(questions).hasSize(1);
        now++;
        assertThat(isAnswered("a")).as("no longer than it was good").isFalse();
    }

    @Test
    void rulesDecideWhereOthersAreToDecide() throws Exception {
        rules("pattern readwrite a/#", "pattern deny a/secret");
        for (String topic : List.of("a/1", "b")) {
            askPublish(topic);
            answer("ignore");
            assertThat(mayPublish(topic)).as(topic).isEqualTo(topic.equals("a/1"));
        }
        askSubscribe("#");
        answer("ignore");
        assertThat(maySubscribe("#")).isEqualTo(ReasonCode.SUCCESS);
        assertThat(anna.mayReceive(topic("a/1"))).isTrue();
        assertThat(anna.mayReceive(topic("a/secret"))).isFalse();
        assertThat(anna.mayReceive(topic("b"))).isFalse();
        askSubscribe("a/secret");
        answer("allow");
        assertThat(anna.mayReceive(topic("a/secret"))).as("asked first").isTrue();
    }

    @Test
    void withoutRulesNothingIsAllowedThatNobodyAllows() throws Exception {
        askPublish("a");
        answer("ignore");
        askSubscribe("a");
        answer("ignore");

        assertThat(mayPublish("a")).isFalse();
        assertThat(maySubscribe("a")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        assertThat(anna.mayReceive(topic("a"))).isFalse();
    }

    @Test
    void aGrantedFilterOpensWhatItMatchesUntilItIsForgotten() throws Exception {
        askSubscribe("a/+");
        answer("allow");
        askSubscribe("$share/g/a/+"); // the same question
        assertThat(known).containsExactly(true, true);
        assertThat(anna.mayReceive(topic("a/b"))).isTrue();
        assertThat(anna.mayReceive(topic("a"))).isFalse();
        annas.forget(TopicFilter.of("a/+"));
        assertThat(anna.mayReceive(topic("a/b")))
                .as("by the shared subscription")
                .isTrue();
        annas.forget(TopicFilter.of("$share/g/a/+"));
        annas.forget(TopicFilter.of("never"));
        assertThat(anna.mayReceive(topic("a/b"))).isFalse();
        assertThat(maySubscribe("a/+")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void whatIsTheBrokersOwnIsOpenedByRulesOnly() throws Exception {
        askSubscribe("#");
        answer("allow");
        TopicFilter system = TopicFilter.of("$SYS/broker/uptime");

        assertThat(annas.isAnswered(system, Qos.AT_LEAST_ONCE, now)).isTrue();
        assertThat(annas.isAnswered(topic("$SYS/x"), Qos.AT_LEAST_ONCE, false, now))
                .isTrue();
        assertThat(maySubscribe("$SYS/broker/uptime")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        assertThat(maySubscribe("$share/g/$SYS/#")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        assertThat(mayPublish("$SYS/x")).isFalse();
        assertThat(anna.mayReceive(topic("$SYS/broker/uptime"))).isFalse();
        rules("pattern read $SYS/#");
        assertThat(maySubscribe("$SYS/broker/uptime")).isEqualTo(ReasonCode.SUCCESS);
        assertThat(anna.mayReceive(topic("$SYS/broker/uptime"))).isTrue();
        assertThat(mayPublish("$SYS/x")).isFalse();
    }

    @Test
    void aSubscriptionThatWasGrantedGoesOnForATimeWithoutAnswers() throws Exception {
        askSubscribe("a");
        answer("allow");
        now += LIFE_MILLIS + STALE_MILLIS;
        askSubscribe("a");
        noAnswer();
        assertThat(maySubscribe("a")).isEqualTo(ReasonCode.SUCCESS);
        assertThat(annas.isAnswered(TopicFilter.of("a"), Qos.AT_LEAST_ONCE, now))
                .isFalse();
        now++;
        askSubscribe("a");
        noAnswer();

        assertThat(maySubscribe("a")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        assertThat(anna.mayReceive(topic("a"))).isFalse();
    }

    @Test
    void aSubscriptionIsAskedAboutAgainWhateverIsRemembered() throws Exception {
        askSubscribe("a");
        answer("allow");
        askSubscribe("a");
        answer("deny");

        assertThat(questions).hasSize(2);
        assertThat(maySubscribe("a")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        annas.forget(TopicFilter.of("a"));
        askSubscribe("a");
        assertThat(maySubscribe("a")).as("the newest answer is remembered").isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void moreQuestionsThanMayWaitAreAnsweredNoAndThoseOfWhoHasGoneAreNotAsked() throws Exception {
        for (String topic : List.of("a", "b", "c", "d")) {
            askPublish(topic);
        }
        loop.runOne();
        assertThat(known).as("one too many").containsExactly(false);
        assertThat(questions).hasSize(2);
        annas.withdraw();
        answer("allow");
        answer("allow");

        assertThat(questions).hasSize(2);
        assertThat(mayPublish("a") && mayPublish("b")).isTrue();
        assertThat(mayPublish("d")).isFalse();
    }

    @Test
    void whoHasFailedTooOftenIsNotAskedForATime() throws Exception {
        for (int i = 0; i < 3; i++) {
            askPublish("a");
            noAnswer();
        }
        askPublish("a");
        loop.runOne();
        assertThat(questions).hasSize(3);
        assertThat(known).containsOnly(false).hasSize(4);
        now += 10_000;
        askPublish("a");
        answer("allow");
        assertThat(mayPublish("a")).isTrue();
    }

    @Test
    void ofManyTopicsALimitedNumberIsRemembered() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            askPublish("t" + i);
            answer(i % 2 == 0 ? "allow" : "deny");
            assertThat(mayPublish("t" + i)).isEqualTo(i % 2 == 0);
        }
        long remembered = java.util.stream.IntStream.range(0, 2_000)
                .filter(i -> isAnswered("t" + i))
                .count();
        assertThat(remembered).isBetween(PublishDecisions.REMEMBERED_MAX / 2L, (long) PublishDecisions.REMEMBERED_MAX);
    }

    @Test
    void filtersThatComeAndGoLeaveLittleBehind() {
        GrantedFilters granted = new GrantedFilters();
        granted.add(TopicFilter.of("stays/#"));
        for (int i = 0; i < 10_000; i++) {
            TopicFilter filter = TopicFilter.of("a/" + i + "/+");
            granted.add(filter);
            assertThat(granted.match(topic("a/" + i + "/x"))).isTrue();
            granted.remove(filter);
            assertThat(granted.match(topic("a/" + i + "/x"))).isFalse();
        }
        assertThat(granted.match(topic("stays/x"))).isTrue();
        assertThat(granted.leftBehind()).isLessThan(20);
    }
}
