package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.config.ConfigException;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Gatekeeper.Exchange.Step;
import io.coppice.port.IdleLoop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScramExchangeTest {
    private static final Credentials SHOWN = new Credentials("meter", null, null, "192.0.2.1:50214", "mqtt", null);
    private static final Step REFUSED = new Step(ReasonCode.BAD_USER_NAME_OR_PASSWORD, null, null);
    /** RFC 7677, 3. */
    private static final String CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";

    private static final String SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

    private final PasswordFile users = users();
    private final ScramExchange exchange = exchange();

    private static PasswordFile users() {
        String pencil = ScramSha256.of("pencil".getBytes(UTF_8), ScramSha256Test.SALT, 4_096)
                .text();
        String text = "user:" + pencil + "\nanna:" + PasswordHashTest.BCRYPT + "\na,b=c:" + pencil + "\n";
        try {
            return PasswordFile.parse(Path.of("users"), text.getBytes(UTF_8));
        } catch (ConfigException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private ScramExchange exchange() {
        return new ScramExchange(SHOWN, users::scram, () -> SERVER_NONCE);
    }

    private static Step say(ScramExchange to, byte[] data) {
        List<Step> answers = new ArrayList<>();
        to.next(data, new IdleLoop(0), answers::add);
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    private Step say(String text) {
        return say(exchange, text.getBytes(UTF_8));
    }

    private static String text(Step step) {
        return new String(step.data(), UTF_8);
    }

    private static void refused(Step step) {
        assertThat(step).isEqualTo(REFUSED);
    }

    @Test
    void theExampleOfTheStandardGoesAsItSays() {
        Step first = say("n,,n=user,r=" + CLIENT_NONCE);
        assertThat(first.reasonCode()).isEqualTo(ReasonCode.CONTINUE_AUTHENTICATION);
        assertThat(first.identity()).isNull();
        assertThat(text(first)).isEqualTo("r=" + CLIENT_NONCE + SERVER_NONCE + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        assertThat(exchange.userName()).isEqualTo("user");

        Step last = say("c=biws,r=" + CLIENT_NONCE + SERVER_NONCE + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        assertThat(last.reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(text(last)).isEqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        assertThat(last.identity().userName()).isEqualTo("user");
        assertThat(last.identity().clientId()).isEqualTo("meter");
    }

    private Step whole(ScramClient client) {
        return say(exchange, client.last(say(exchange, client.first()).data()));
    }

    @Test
    void aClientThatKnowsThePasswordIsLetInAndSeesThatTheServerKnowsOfIt() {
        ScramClient client = new ScramClient("user", "pencil");
        Step last = whole(client);
        assertThat(last.reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(client.isSigned(last.data())).isTrue();
    }

    @Test
    void namesHaveCommasAndEqualsSigns() {
        assertThat(whole(new ScramClient("a,b=c", "pencil")).identity().userName())
                .isEqualTo("a,b=c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"y,,", "n,a=user,"})
    void aClientThatCouldBindToAChannelOrActsForItselfIsLetIn(String header) {
        assertThat(whole(new ScramClient("user", "pencil").header(header)).reasonCode())
                .isEqualTo(ReasonCode.SUCCESS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"p=tls-unique,,", "n,a=other,", "n", "", "x,,"})
    void whoBindsToAChannelOrActsForAnotherIsRefused(String header) {
        refused(say(exchange, new ScramClient("user", "pencil").header(header).first()));
    }

    @Test
    void aWrongPasswordIsRefused() {
        refused(whole(new ScramClient("user", "Pencil")));
    }

    /** Up to the last message nobody can tell who exists. */
    @ParameterizedTest
    @ValueSource(strings = {"nobody", "anna"})
    void whoHasNoSuchPasswordIsAskedAsAnyOther(String user) {
        ScramClient client = new ScramClient(user, "secret", CLIENT_NONCE);
        Step first = say(exchange, client.first());
        assertThat(text(first)).matches("r=.+,s=[A-Za-z0-9+/]{22}==,i=4096");
        assertThat(text(say(exchange(), client.first()))).isEqualTo(text(first));
        refused(say(exchange, client.last(first.data())));
    }

    @Test
    void whatWasSaidOnceIsNoProofInAnotherExchange() {
        ScramExchange one = new ScramExchange(SHOWN, users::scram, () -> "one");
        ScramExchange other = new ScramExchange(SHOWN, users::scram, () -> "other");
        ScramClient client = new ScramClient("user", "pencil");
        byte[] proof = client.last(say(one, client.first()).data());
        assertThat(say(one, proof).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        say(other, client.first());
        refused(say(other, proof));
    }

    @Test
    void anExchangeIsOverAfterItsEnd() {
        ScramClient client = new ScramClient("user", "pencil");
        byte[] proof = client.last(say(exchange, client.first()).data());
        say(exchange, proof);
        refused(say(exchange, proof));
        refused(say(exchange, client.first()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "c=biws,r=NONCE",
                "c=biws,r=NONCE,p=",
                "c=biws,r=NONCE,p=AAAA",
                "c=biws,r=NONCE,p=!!!!",
                "c=biws,r=NONCEx,p=PROOF",
                "c=eSws,r=NONCE,p=PROOF",
                "c=biws,r=NONCE,p=PROOF,x=y",
                "r=NONCE,c=biws,p=PROOF",
                "p=PROOF"
            })
    void aLastMessageThatIsNotAsItMustBeIsRefused(String form) {
        say("n,,n=user,r=" + CLIENT_NONCE);
        refused(say(form.replace("NONCE", CLIENT_NONCE + SERVER_NONCE)
                .replace("PROOF", "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n,,n=user",
                "n,,r=abc",
                "n,,n=,r=abc",
                "n,,n=user,r=",
                "n,,n=us=er,r=abc",
                "n,,n=user,r=a\u00E4b",
                "n,,m=ext,n=user,r=abc",
                "n,,n=us\0er,r=abc",
                "hello"
            })
    void aFirstMessageThatIsNotAsItMustBeIsRefused(String message) {
        refused(say(message));
    }

    @Test
    void anExtensionThatIsNotMandatoryIsPassedOver() {
        assertThat(say("n,,n=user,r=abc,x=more").reasonCode()).isEqualTo(ReasonCode.CONTINUE_AUTHENTICATION);
    }

    @Test
    void noDataTooMuchAndWhatIsNoTextAreRefused() {
        refused(say(exchange(), null));
        refused(say(exchange(), new byte[0]));
        refused(say(exchange(), ("n,,n=user,r=" + "a".repeat(5_000)).getBytes(UTF_8)));
        refused(say(exchange(), new byte[] {(byte) 0xFF}));
    }

    @Test
    void noiseHarmsNobody() {
        Random random = new Random(4_711);
        byte[] first = new ScramClient("user", "pencil", CLIENT_NONCE).first();
        for (int time = 0; time < 20_000; time++) {
            byte[] broken = first.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt();
            }
            ScramExchange each = exchange();
            assertThat(say(each, broken).identity()).isNull();
            assertThat(say(each, broken).identity()).isNull();
        }
    }

    @Test
    void aFileWithoutSuchPasswordsKnowsNoMethod() throws Exception {
        PasswordFile none = PasswordFile.parse(Path.of("users"), ("anna:" + PasswordHashTest.BCRYPT).getBytes(UTF_8));
        assertThat(none.hasScram()).isFalse();
        assertThat(none.scram("anna")).isNull();
        assertThat(users.hasScram()).isTrue();
        refused(say(new ScramExchange(SHOWN, none::scram, () -> "x"), "n,,n=anna,r=abc".getBytes(UTF_8)));
    }
}
