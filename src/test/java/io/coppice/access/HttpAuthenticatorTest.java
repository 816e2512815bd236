package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.access.Authenticator.Opinion;
import io.coppice.access.HttpCalls.Answer;
import io.coppice.config.CoppiceConfig.HttpCallout;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.port.ClientCertificate;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpAuthenticatorTest {
    private final List<String> questions = new ArrayList<>();
    private final Queue<Consumer<@Nullable Answer>> asked = new ArrayDeque<>();
    private final List<Opinion> opinions = new ArrayList<>();
    private final Mailbox loop = new Mailbox();
    private long now = 1_800_000_000_000L;
    private final HttpAuthenticator authenticator = authenticator(Duration.ofMinutes(1));

    private HttpAuthenticator authenticator(Duration cacheTime) {
        return new HttpAuthenticator(
                (question, then) -> {
                    questions.add(new String(question, UTF_8));
                    asked.add(then);
                },
                new HttpCallout(
                        "http://localhost",
                        "",
                        "",
                        "",
                        Duration.ofSeconds(5),
                        2,
                        1,
                        cacheTime,
                        Duration.ofMinutes(1),
                        Duration.ZERO,
                        100,
                        65_536,
                        3,
                        Duration.ofSeconds(10)),
                2,
                new byte[32],
                () -> now);
    }

    private static Credentials shown(@Nullable String user, @Nullable String password) {
        return new Credentials(
                "lamp", user, password == null ? null : password.getBytes(UTF_8), "192.0.2.1:5", "mqtt", null);
    }

    private void judge(String user) {
        authenticator.judge(shown(user, "secret"), loop, opinions::add);
    }

    private void answer(int status, String body) {
        asked.remove().accept(new Answer(status, body.getBytes(UTF_8)));
    }

    private Opinion opinion() throws InterruptedException {
        if (opinions.isEmpty()) {
            loop.runOne();
        }
        return opinions.remove(0);
    }

    private Opinion opinion(int status, String body) throws InterruptedException {
        judge("user-" + questions.size());
        answer(status, body);
        return opinion();
    }

    private long figure(String name, String result) {
        return authenticator.figures().stream()
                .filter(each -> each.name().equals(name)
                        && each.labels().getOrDefault("result", "").equals(result))
                .mapToLong(each -> each.value().getAsLong())
                .sum();
    }

    @Test
    void aQuestionSaysWhatTheClientShows() {
        assertThat(new String(HttpAnswer.question(shown("an\"na", "se\ncret")), UTF_8))
                .isEqualTo("{\"clientid\":\"lamp\",\"username\":\"an\\\"na\",\"password\":\"se\\ncret\","
                        + "\"peerhost\":\"192.0.2.1\",\"listener\":\"mqtt\"}");
        assertThat(new String(HttpAnswer.question(shown(null, null)), UTF_8))
                .isEqualTo("{\"clientid\":\"lamp\",\"peerhost\":\"192.0.2.1\",\"listener\":\"mqtt\"}");
        ClientCertificate certificate =
                new ClientCertificate("CN=lathe,O=x", "lathe", List.of(), List.of(), List.of(), "1", "CN=ca");
        Credentials binary =
                new Credentials("lamp", null, new byte[] {(byte) 0xff, 0}, "[2001:db8::1]:5", "mqtts", certificate);
        assertThat(new String(HttpAnswer.question(binary), UTF_8))
                .contains("\"password_base64\":\"/wA=\"")
                .contains("\"peerhost\":\"2001:db8::1\"")
                .contains("\"cert_common_name\":\"lathe\"")
                .contains("\"cert_subject\":\"CN=lathe,O=x\"");
    }

    @Test
    void anAnswerLetsInRefusesOrKnowsNothing() throws Exception {
        assertThat(opinion(204, "")).isEqualTo(Opinion.vouched("user-0"));
        assertThat(opinion(200, "{\"result\":\"allow\"}").userName()).isEqualTo("user-1");
        assertThat(opinion(200, "{\"result\":\"deny\"}")).isEqualTo(Opinion.REFUSED);
        assertThat(opinion(200, "{\"result\":\"ignore\"}")).isEqualTo(Opinion.NONE);
        assertThat(opinion(401, "")).isEqualTo(Opinion.REFUSED);
        assertThat(opinion(403, "{\"result\":\"allow\"}")).isEqualTo(Opinion.REFUSED);
        assertThat(figure("mqtt.http.authn.calls", "answered")).isEqualTo(6);
    }

    @Test
    void whoShowsNothingAndIsRefusedHasTriedNoPassword() throws Exception {
        authenticator.judge(shown(null, null), loop, opinions::add);
        answer(403, "");

        assertThat(opinion().reasonCode()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ok",
                "[]",
                "7",
                "true",
                "{}",
                "{\"result\":\"ALLOW\"}",
                "{\"result\":true}",
                "{\"result\":\"allow\"",
                "{\"result\":\"deny\",\"result\":\"allow\"}",
                "{\"result\":\"allow\",\"is_superuser\":\"true\"}",
                "{\"result\":\"allow\",\"acl\":null}",
                "{\"result\":\"allow\",\"acl\":{\"publish\":[\"a\",\"b\",\"c\"]}}",
                "{\"result\":\"allow\",\"expire_at\":\"soon\"}"
            })
    void anAnswerThatIsNotUnderstoodRefusesAndIsForgotten(String body) throws Exception {
        assertThat(opinion(200, body).reasonCode()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(figure("mqtt.http.authn.calls", "meaningless")).isEqualTo(1);
        assertThat(figure("mqtt.http.authn.cached", "")).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {201, 301, 302, 307, 308, 400, 404, 429, 500, 503})
    void otherStatusesRefuse(int status) throws Exception {
        assertThat(opinion(status, "{\"result\":\"allow\"}").reasonCode()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
    }

    @Test
    void anAnswerDeepWithinItselfRefuses() throws Exception {
        assertThat(opinion(200, "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000))
                        .reasonCode())
                .isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(opinion(200, "{\"result\":\"allow\",\"acl\":" + "[".repeat(20_000) + "]".repeat(20_000) + "}")
                        .reasonCode())
                .isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
    }

    private static Permissions permissions(Opinion opinion) {
        return new ChainGatekeeper(List.of(), new OpenAuthorizer(), false)
                .permissions(new Identity("lamp", opinion.userName(), "192.0.2.1:5", "mqtt", null, opinion.grant()));
    }

    private static boolean mayPublish(Opinion opinion, String topic) {
        return permissions(opinion).mayPublish(TopicName.of(topic), Qos.AT_MOST_ONCE, false);
    }

    @Test
    void anAnswerMaySayWhatTheClientMayDo() throws Exception {
        Opinion some = opinion(200, "{\"result\":\"allow\",\"acl\":{\"publish\":[\"a/%u\"]}}");
        assertThat(mayPublish(some, "a/user-0")).isTrue();
        assertThat(mayPublish(some, "a/user-1")).isFalse();
        Opinion all = opinion(200, "{\"result\":\"allow\",\"is_superuser\":true,\"acl\":{\"deny\":[\"#\"]}}");
        assertThat(mayPublish(all, "any/thing")).isTrue();
        assertThat(permissions(all).mayReceive(TopicName.of("$SYS/broker/uptime")))
                .isTrue();
        assertThat(mayPublish(all, "$SYS/broker/uptime")).isFalse();
        Opinion rest = opinion(200, "{\"result\":\"allow\",\"is_superuser\":false}");
        assertThat(mayPublish(rest, "any/thing")).as("by the rules for all").isTrue();
    }

    @Test
    void anAnswerMaySayForHowLong() throws Exception {
        long soon = now / 1_000 + 30;
        String body = "{\"result\":\"allow\",\"expire_at\":" + soon + "}";
        assertThat(opinion(200, body).grant().until()).isEqualTo(soon * 1_000);
        now += 29_999;
        judge("user-0");
        assertThat(opinion().reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        now += 1;
        judge("user-0");
        assertThat(asked).as("what has expired is asked again").hasSize(1);
        answer(200, body);

        assertThat(opinion()).isEqualTo(Opinion.REFUSED);
    }

    @Test
    void whatWasAnsweredIsNotAskedAgainForATime() throws Exception {
        opinion(200, "{\"result\":\"allow\"}");
        judge("user-0");
        assertThat(opinion().reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(questions).hasSize(1);
        authenticator.judge(shown("user-0", "other"), loop, opinions::add);
        assertThat(questions).as("another password").hasSize(2);
        answer(403, "");
        assertThat(opinion()).isEqualTo(Opinion.REFUSED);
        authenticator.judge(shown("user-0", "other"), loop, opinions::add);
        assertThat(opinion()).isEqualTo(Opinion.REFUSED);
        assertThat(figure("mqtt.http.authn.cache", "hit")).isEqualTo(2);
        now += 60_000;
        judge("user-0");

        assertThat(questions).hasSize(3);
    }

    @Test
    void wrongPasswordsMakeNobodyForgotten() throws Exception {
        opinion(204, "");
        for (int i = 0; i < 200; i++) {
            opinion(403, "");
        }
        assertThat(figure("mqtt.http.authn.cached", "")).isEqualTo(101);
        judge("user-0");

        assertThat(opinion().reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(questions).hasSize(201);
    }

    @Test
    void soManyAreAskedAboutAtOnceAndOneMoreIsToldToComeLater() throws Exception {
        judge("a");
        judge("b");
        judge("c");
        assertThat(asked).hasSize(2);
        assertThat(authenticator.waiting()).isEqualTo(1);
        judge("d");
        assertThat(opinion().reasonCode()).isEqualTo(ReasonCode.SERVER_BUSY);
        assertThat(figure("mqtt.http.authn.calling", "")).isEqualTo(2);
        answer(204, "");
        opinion();

        assertThat(asked).hasSize(2);
        assertThat(authenticator.waiting()).isZero();
    }

    @Test
    void whoGoesWhileWaitingIsNotAskedAbout() {
        judge("a");
        judge("b");
        Credentials going = shown("c", "secret");
        authenticator.judge(going, loop, opinions::add);
        authenticator.withdraw(going);
        answer(204, "");

        assertThat(questions).hasSize(2);
    }

    @Test
    void whoFailsIsNotAskedForATimeAndEverybodyIsRefused() throws Exception {
        for (int i = 0; i < 3; i++) {
            judge("user-" + i);
            asked.remove().accept(null);
            assertThat(opinion().reasonCode()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        }
        assertThat(figure("mqtt.http.authn.breaker.open", "")).isEqualTo(1);
        judge("late");
        assertThat(opinion().reasonCode()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(asked).isEmpty();
        assertThat(figure("mqtt.http.authn.calls", "not_tried")).isEqualTo(1);
        now += 10_000;
        judge("first");
        judge("second");
        assertThat(asked).as("one is tried").hasSize(1);
        assertThat(opinion().reasonCode()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        answer(204, "");
        assertThat(opinion().reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        judge("third");

        assertThat(asked).hasSize(1);
        assertThat(figure("mqtt.http.authn.breaker.open", "")).isZero();
    }

    @Test
    void whoIsKnownStillEntersWhileNobodyIsAsked() throws Exception {
        opinion(204, "");
        for (int i = 0; i < 3; i++) {
            opinion(500, "");
        }
        judge("user-0");

        assertThat(opinion().reasonCode()).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void noFaultSaysWhatWasAnswered() {
        Answer answer = new Answer(200, "{\"result\":\"hunter2\"".getBytes(UTF_8));

        assertThatThrownBy(() -> HttpAnswer.opinion(answer, shown("a", "hunter2"), 1, 0))
                .hasMessageNotContaining("hunter2");
    }
}
