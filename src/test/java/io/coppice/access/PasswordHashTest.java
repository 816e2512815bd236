package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hashes that other programs made: mosquitto_passwd 2.0.11, crypt of the GNU library, and the reference Argon2. */
class PasswordHashTest {
    static final String SHA_512 =
            "$6$u9hqsHClJI0+De3e$aM0T0aGpdciIn6NT1mUNi2zoXdKQZhLtjeIebuOXmWkuurqpnF0n3+yt2vzTDPFNIsh/dsbY8jgUK9vjDVKgBA==";
    static final String PBKDF2 =
            "$7$101$HWSqxqRIf71DKw8K$mMEF//c+mBqV+GxHVBkm9RJSbUkoe/dPdrmz/LI3y3Tp1xuKZ09eWrWp6vSFn98G2+O9lhkYy1Xjd+XaFZCo+Q==";
    static final String BCRYPT = "$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a";
    static final String ARGON2 = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

    private static final String BASE64_64 = "A".repeat(86) + "==";

    private static boolean matches(String hash, String password) {
        return PasswordHash.parse(hash).matches(password.getBytes(UTF_8));
    }

    static Stream<String[]> foreign() {
        return Stream.of(
                new String[] {SHA_512, "secret"},
                new String[] {PBKDF2, "secret"},
                new String[] {
                    "$7$1000$lofi1UYlvRfsStTO$ffaorlpDjjEpDKf+tAREzbhd3Ee53o7IcgqW9GwHZZmvxiiTuNf/RRpzoV6hVp7GL0Nd9mbuRN4NvrkLsNOzrQ==",
                    "secret"
                },
                new String[] {
                    "$7$101$r56ICxoInoW1Bxhf$IGtuFbNpJcFR+15UPkG3XfqGE6XJv4EeC1PYIGw58r7A2bV7VKOuW4i8IcdViTD5ehz8SHWXb0zbPfOSAIawsQ==",
                    "päss:wörd"
                },
                new String[] {
                    "$7$101$D1MYF+xsUWSnX2kr$GEPasur1J8Zo0wPNcVzyZShZ+QtLFc0uRjBnc0BVkSbahLOsaZgcsJV5uxwRPRcgei+ca6YB4bspdH1C0ORiBQ==",
                    ""
                },
                new String[] {BCRYPT, "secret"},
                new String[] {BCRYPT.replace("$2b$", "$2y$"), "secret"},
                new String[] {BCRYPT.replace("$2b$", "$2a$"), "secret"},
                new String[] {"$2y$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i", "x".repeat(80)},
                new String[] {"$2a$04$abcdefghijklmnopqrstuuyx2n0Zzopyr9QuYTMCfOJJOj526QVoC", "pässwörd"},
                new String[] {ARGON2, "password"},
                new String[] {
                    "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"
                });
    }

    @ParameterizedTest
    @MethodSource("foreign")
    void aHashMadeElsewhereKnowsItsPasswordAndNoOther(String hash, String password) {
        assertThat(matches(hash, password)).isTrue();
        assertThat(matches(hash, "Z" + password)).isFalse();
        assertThat(matches(hash, password.isEmpty() ? "a" : "")).isFalse();
        assertThat(PasswordHash.parse(hash).text()).isEqualTo(hash);
    }

    @Test
    void bytesThatAreNoTextAreAPasswordToo() {
        byte[] password = {(byte) 0xFF, 0, (byte) 0x80};
        byte[] other = {(byte) 0xFE, 0, (byte) 0x80};
        byte[] salt = new byte[16];
        for (PasswordHash hash : new PasswordHash[] {
            Pbkdf2Sha512.of(password, salt, 10),
            Bcrypt.of(password, salt, 4),
            Argon2id.of(password, salt, new Argon2id.Cost(64, 1, 1))
        }) {
            assertThat(PasswordHash.parse(hash.text()).matches(password))
                    .as(hash.cost())
                    .isTrue();
            assertThat(PasswordHash.parse(hash.text()).matches(other))
                    .as(hash.cost())
                    .isFalse();
        }
    }

    static Stream<String[]> refused() {
        return Stream.of(
                new String[] {"secret", "allowed: $argon2id$, $2a$"},
                new String[] {"", "there is no hash"},
                new String[] {"$1$abc$def", "$1$ are not known"},
                new String[] {"$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR", "$argon2i$ are not known"},
                new String[] {"$6$salt$short", "damaged"},
                new String[] {"$7$0$c2FsdA==$" + BASE64_64, "iterations of 0 is not allowed; allowed: from 1 to 1000000"
                },
                new String[] {"$7$1000001$c2FsdA==$" + BASE64_64, "allowed: from 1 to 1000000"},
                new String[] {"$7$99999999999999999999$c2FsdA==$" + BASE64_64, "allowed: from 1 to 1000000"},
                new String[] {"$7$-1$c2FsdA==$" + BASE64_64, "damaged"},
                new String[] {"$7$101$c2FsdA==$" + BASE64_64 + "x", "damaged"},
                new String[] {BCRYPT.replace("$05$", "$03$"), "cost of 03 is not allowed; allowed: from 4 to 14"},
                new String[] {BCRYPT.replace("$05$", "$15$"), "allowed: from 4 to 14"},
                new String[] {BCRYPT.replace("$05$", "$31$"), "allowed: from 4 to 14"},
                new String[] {BCRYPT + "x", "damaged"},
                new String[] {BCRYPT.replace("$2b$", "$2$"), "damaged"},
                new String[] {ARGON2.replace("m=256", "m=65537"), "m 65537 is not allowed; allowed: from 8 to 65536"},
                new String[] {ARGON2.replace("m=256", "m=7"), "allowed: from 8 to 65536"},
                new String[] {ARGON2.replace("t=2", "t=17"), "t 17 is not allowed; allowed: from 1 to 16"},
                new String[] {ARGON2.replace("m=256,t=2", "m=65536,t=5"), "allowed: from 1 to 4"},
                new String[] {ARGON2.replace("p=1", "p=17"), "p 17 is not allowed; allowed: from 1 to 16"},
                new String[] {ARGON2.replace("v=19", "v=16"), "damaged"},
                new String[] {ARGON2.replace("c29tZXNhbHQ", "c29tZXNhbHQA1"), "damaged"},
                new String[] {"$6$" + "A".repeat(600), "longer than 512"});
    }

    @ParameterizedTest
    @MethodSource("refused")
    void aHashThatIsDamagedUnknownOrTooDearIsRefusedWithoutBeingShown(String hash, String reason) {
        assertThatThrownBy(() -> PasswordHash.parse(hash))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason)
                .message()
                .doesNotContain("secret", "c29tZXNhbHQ", "AAAA");
    }

    @ParameterizedTest
    @CsvSource({"5,$2$5", "12,$2$12"})
    void theCostOfAKindIsWhatItsTimeDependsOn(String digits, String cost) {
        String hash = BCRYPT.replace("$05$", "$" + (digits.length() == 1 ? "0" : "") + digits + "$");
        assertThat(PasswordHash.parse(hash).cost()).isEqualTo(cost);
        assertThat(PasswordHash.parse(PBKDF2).cost()).isEqualTo("$7$101");
        assertThat(PasswordHash.parse(ARGON2).cost()).isEqualTo("$argon2id$m=256,t=2,p=1");
    }

    @ParameterizedTest
    @ValueSource(strings = {SHA_512, PBKDF2, BCRYPT, ARGON2})
    void aHashIsNotShownByAccident(String hash) {
        assertThat(hash)
                .doesNotContain(PasswordHash.parse(hash).toString() + "$v")
                .hasSizeGreaterThan(40);
        assertThat(PasswordHash.parse(hash).toString()).hasSizeLessThan(30);
    }
}
