package io.coppice.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.config.ConfigException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordFileTest {
    private static final Path PATH = Path.of("users");
    private static final String ANNA = "anna:" + PasswordHashTest.PBKDF2 + "\n";
    private static final String BERT = "bert:" + PasswordHashTest.BCRYPT + "\n";

    private static PasswordFile parse(String text) throws ConfigException {
        return PasswordFile.parse(PATH, text.getBytes(UTF_8));
    }

    private static List<String> faults(byte[] content) {
        try {
            PasswordFile.parse(PATH, content);
            return List.of();
        } catch (ConfigException refused) {
            return refused.faults();
        }
    }

    private static List<String> faults(String text) {
        return faults(text.getBytes(UTF_8));
    }

    private static boolean matches(PasswordFile file, String user, String password) {
        return file.matches(user, password.getBytes(UTF_8));
    }

    @Test
    void everyUserHasAPasswordOfItsOwn() throws ConfigException {
        PasswordFile file =
                parse("# users\n\n" + ANNA + BERT.replace("\n", "\r\n") + "größe:" + PasswordHashTest.ARGON2);

        assertThat(file.size()).isEqualTo(3);
        assertThat(matches(file, "anna", "secret")).isTrue();
        assertThat(matches(file, "bert", "secret")).isTrue();
        assertThat(matches(file, "größe", "password")).isTrue();
        assertThat(matches(file, "größe", "secret")).isFalse();
        assertThat(matches(file, "anna", "")).isFalse();
        assertThat(matches(file, "Anna", "secret")).isFalse();
    }

    @Test
    @Hostile("B65")
    void anUnknownUserIsCheckedAgainstTheUsualHashAndRefusedEvenWhereThatMatches() throws ConfigException {
        PasswordFile file = parse(BERT + ANNA + "carl:" + PasswordHashTest.PBKDF2);

        assertThat(Objects.requireNonNull(file.usual()).cost()).isEqualTo("$7$101");
        assertThat(matches(file, "nobody", "secret")).isFalse();
    }

    /** Of the processor, which is what the wait shows; the least of several, for what others do adds to it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "$7$20000$HWSqxqRIf71DKw8K$mMEF//c+mBqV+GxHVBkm9RJSbUkoe/dPdrmz/LI3y3Tp1xuKZ09eWrWp6vSFn98G2+O9lhkYy1Xjd+XaFZCo+Q==",
                "$2b$08$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"
            })
    @Hostile("B65")
    void anUnknownUserTakesTheTimeOfOneWhoIsThere(String hash) throws ConfigException {
        PasswordFile file = parse("anna:" + hash + "\nbert:" + hash + "\n");
        ThreadMXBean processor = ManagementFactory.getThreadMXBean();
        long[] least = {Long.MAX_VALUE, Long.MAX_VALUE};
        for (int round = 0; round < 40; round++) {
            for (int who = 0; who < 2; who++) {
                long before = processor.getCurrentThreadCpuTime();
                assertThat(matches(file, who == 0 ? "anna" : "nobody", "wrong" + round))
                        .isFalse();
                least[who] = Math.min(least[who], processor.getCurrentThreadCpuTime() - before);
            }
        }
        assertThat((double) least[1] / least[0]).isBetween(0.8, 1.25);
    }

    @Test
    @Hostile("B57")
    void aFileWithoutUsersKnowsNobody() throws ConfigException {
        assertThat(matches(parse(""), "anna", "secret")).isFalse();
    }

    @Test
    @Hostile("B57")
    void everyLineThatIsWrongIsNamed() {
        assertThat(faults("# x\n" + ANNA + "anna:" + PasswordHashTest.BCRYPT + "\nplain\nbert:geheim\n:"
                        + PasswordHashTest.BCRYPT))
                .containsExactly(
                        "users:3: the user stands in line 2 already; allowed: one line for each",
                        "users:4: there is no colon; allowed: user:hash",
                        "users:5: there is no hash; allowed: $argon2id$, $2a$, $2b$, $2y$, $6$ and $7$ as mosquitto_passwd writes them, and $scram-sha-256$",
                        "users:6: the user name is not allowed; allowed: 1 to 65535 bytes without colon and control characters, "
                                + "and not with # first");
        assertThat(faults("a\tb:" + PasswordHashTest.BCRYPT))
                .singleElement()
                .asString()
                .startsWith("users:1: the user name");
    }

    @Test
    void aHundredWrongLinesAreTwentyFaultsAndACount() {
        assertThat(faults("x\n".repeat(100))).hasSize(21).last().isEqualTo("users: and 80 lines more");
    }

    @Test
    void aFileThatIsNotUtf8IsRefused() {
        assertThat(faults(("größe:" + PasswordHashTest.BCRYPT).getBytes(ISO_8859_1)))
                .containsExactly("users: is not UTF-8; allowed: lines of the form user:hash in UTF-8");
    }
}
