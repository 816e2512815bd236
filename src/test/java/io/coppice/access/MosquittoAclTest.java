package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.coppice.blackbox.Hostile;
import io.coppice.config.ConfigException;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Identity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table was also put to Mosquitto 2.0.11; see src/examples/mosquitto_acl.py. */
class MosquittoAclTest {
    private static final Path FILE = Path.of("acl");
    private static final int SEEDS = 3_000;

    private static final String ACL = """
            # for clients without name
            topic read news/#
            topic deny news/secret
            topic both

            user anna
            topic write lamp/+
            topic read  with space/a
            topic readwrite all/#
            topic deny all/but/this
            topic read denied
            user  bob smith\u0020
            topic readwrite bob's
            user anna
            topic read again
            topic deny again/not
            pattern read in/%c
            pattern write out/%u/#
            pattern readwrite mix-%u-%c/x
            pattern deny denied
            pattern deny out/%u/closed
            pattern read everybody
            pattern read %u/own
            pattern read $SYS/broker/%u
            """;

    private static MosquittoAcl read(String text) {
        try {
            return MosquittoAcl.read(FILE, text, RuleFile.RULES_MAX);
        } catch (ConfigException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private static List<String> faults(String text) {
        return catchThrowableOfType(ConfigException.class, () -> MosquittoAcl.read(FILE, text, RuleFile.RULES_MAX))
                .faults();
    }

    static Identity who(String clientId, String user) {
        return new Identity(clientId, user, "192.0.2.1:50214", "mqtt", null);
    }

    private static String access(RuleBook book, Identity who, String topic) {
        int allowed = book.rightsOf(who).allowed(TopicName.of(topic));
        return ((allowed & TopicRules.READ) == 0 ? "-" : "r") + ((allowed & TopicRules.WRITE) == 0 ? "-" : "w");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "x, -, news/today, r-",
                "x, -, news, r-",
                "x, -, news/secret, --",
                "x, -, both, rw",
                "x, -, lamp/1, --",
                "x, -, everybody, r-",
                "x, -, in/x, r-",
                "x, -, in/y, --",
                "x, -, out//a, --",
                "x, anna, news/today, --",
                "x, anna, both, --",
                "x, anna, lamp/1, -w",
                "x, anna, lamp/1/2, --",
                "x, anna, with space/a, r-",
                "x, anna, all, rw",
                "x, anna, all/but, rw",
                "x, anna, all/but/this, --",
                "x, anna, again, r-",
                "x, anna, again/not, --",
                "x, anna, denied, r-",
                "x, bob smith, denied, --",
                "x, bob smith, bob's, rw",
                "x, anna, bob's, --",
                "x, anna, out/anna/1, -w",
                "x, anna, out/anna, -w",
                "x, anna, out/anna/closed, --",
                "x, anna, out/bob smith/1, --",
                "x, anna, mix-anna-x/x, rw",
                "x, anna, mix-anna-y/x, --",
                "x, stranger, everybody, r-",
                "x, stranger, lamp/1, --",
                "+, anna, in/x, --",
                "#, anna, in/x, --",
                "#, anna, everybody, --",
                "#, anna, lamp/1, -w",
                "x, +, out/anna/1, --",
                "x, a#, everybody, --",
                "x/y, anna, in/x/y, r-",
                "x, $SYS, $SYS/own, --",
                "x, anna, $SYS/broker/anna, r-",
                "x, anna, $SYS/broker/bob, --",
            })
    @Hostile("B55")
    void rightsAreThoseThatMosquittoGives(String clientId, String user, String topic, String access) {
        assertThat(access(read(ACL), who(clientId, user), topic)).isEqualTo(access);
    }

    @ParameterizedTest
    @CsvSource({
        "a/#, anna, in/a/x, --",
        "a/+, anna, in/a/x, --",
        ".*, anna, in/x, --",
        ".*, anna, in/.*, r-",
        "%u, anna, in/anna, --",
        "%u, anna, in/%u, r-",
        "${username}, anna, in/anna, --",
        "$(x), anna, in/$(x), r-",
        "x, %c, out/x/1, --",
        "x, %c, mix-x-x/x, --",
        "x, %c, mix-%c-x/x, rw",
    })
    @Hostile({"B55", "B56"})
    void aNameIsTakenLetterByLetter(String clientId, String user, String topic, String access) {
        assertThat(access(read(ACL), who(clientId, user), topic)).isEqualTo(access);
    }

    @Test
    void linesMayEndAsOnOtherSystemsAndBeginWithSpaces() {
        MosquittoAcl acl = read("  topic read a\r\n\r\nuser anna\r\ntopic read b c\r\n# the end");

        assertThat(access(acl, who("x", null), "a")).isEqualTo("r-");
        assertThat(access(acl, who("x", "anna"), "b c")).isEqualTo("r-");
        assertThat(acl.size()).isEqualTo(2);
    }

    @Test
    @Hostile("B57")
    void aFileWithoutRulesAllowsNothing() {
        for (String nothing : List.of("", "\n\n", "# nothing\n")) {
            assertThat(access(read(nothing), who("x", "anna"), "a")).isEqualTo("--");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bogus a",
                "TOPIC read a",
                " # an indented comment",
                "topic",
                "user",
                "topic foo bar",
                "topic read a+/b",
                "topic readwrite a#",
                "topic read a/#/b",
                "pattern read %c+/b",
                "topic read\ta",
                "topic read $share/g/a",
                "\uFEFFtopic a",
            })
    @Hostile("B57")
    void aWrongLineIsToldWithItsNumberAndWhatIsAllowed(String line) {
        assertThat(faults("topic read a\n" + line + "\ntopic b\n"))
                .singleElement()
                .asString()
                .startsWith("acl:2: ");
    }

    @Test
    void whatIsAllowedIsToldInWords() {
        assertThat(faults("topic\nuser \ntopic foo bar\nbogus"))
                .containsExactly(
                        "acl:1: 'topic' without a topic is not allowed; allowed: topic [read|write|readwrite|deny] TOPIC",
                        "acl:2: 'user' without a name is not allowed; allowed: user NAME",
                        "acl:3: 'foo' is not allowed; allowed: read, write, readwrite or deny before a topic, and one of them "
                                + "where the topic holds a space",
                        "acl:4: 'bogus' is not allowed; allowed: user, topic or pattern, and # before a comment as the first "
                                + "character");
    }

    @Test
    void ofManyWrongLinesTheFirstAreTold() {
        assertThat(faults("bogus\n".repeat(1000)))
                .hasSize(Faults.TOLD_MAX + 1)
                .last()
                .isEqualTo("acl: 980 more lines are wrong");
    }

    @Test
    void oneRuleTooManyIsRefused() {
        ConfigException wrong = catchThrowableOfType(
                ConfigException.class, () -> MosquittoAcl.read(FILE, "topic a\ntopic b\ntopic c\ntopic d\n", 2));

        assertThat(wrong.faults()).containsExactly("acl:3: one rule too many; allowed: up to 2");
    }

    /** Another reading of the same file: every line by itself, as the manual describes it. */
    @Test
    void whatIsMadeOfAFileIsWhatItsLinesSayOneByOne() {
        int granted = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<Plain.Line> lines = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            String user = null;
            for (int i = random.nextInt(15); i >= 0; i--) {
                if (random.nextInt(4) == 0) {
                    user = "u" + random.nextInt(2);
                    text.append("user ").append(user).append('\n');
                }
                Plain.Line line = Plain.Line.random(random, user);
                lines.add(line);
                text.append(line).append('\n');
            }
            MosquittoAcl acl = read(text.toString());
            for (int i = 0; i < 20; i++) {
                Identity who = who("c" + random.nextInt(2), random.nextInt(3) == 0 ? null : "u" + random.nextInt(3));
                String topic = random.nextInt(2) == 0
                        ? TopicRulesTest.path(random, false)
                        : Stream.of("u0", "c0", "a/u1", "a/c1").toList().get(random.nextInt(4));
                String expected = Plain.access(lines, who, TopicName.of(topic));
                granted += expected.equals("--") ? 0 : 1;
                assertThat(access(acl, who, topic))
                        .as("seed %d: %s at %s by\n%s", seed, who, topic, text)
                        .isEqualTo(expected);
            }
        }
        assertThat(granted).isGreaterThan(SEEDS);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {"anna, lamp/1", "anna, out/anna/x", "anna, out/bob/x", "-, both", "-, lamp/1", "x, mix-x-c/x"})
    void aPublisherMayWhatItsClientMay(String user, String topic) {
        Identity client = new Identity("c", user, "198.51.100.1:1", "mqtt", null);
        Publisher publisher = new Publisher("c", user, Publisher.Kind.RULED, Publisher.NO_EPOCH);

        assertThat(read(ACL).rightsOf(publisher).allowed(TopicName.of(topic)))
                .isEqualTo(read(ACL).rightsOf(client).allowed(TopicName.of(topic)));
    }
}
