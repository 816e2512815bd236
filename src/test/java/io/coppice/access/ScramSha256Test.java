package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScramSha256Test {
    /** Of the example in RFC 7677, 3. */
    static final byte[] SALT = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");

    private static final String FORM =
            ScramSha256.of(bytes("pencil"), SALT, 4_096).text();

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @Test
    void itKnowsThePasswordAndNoOther() {
        ScramSha256 pencil = ScramSha256.parse(FORM);
        assertThat(pencil.matches(bytes("pencil"))).isTrue();
        assertThat(pencil.matches(bytes("Pencil"))).isFalse();
        assertThat(pencil.matches(bytes(""))).isFalse();
        assertThat(pencil.text()).isEqualTo(FORM).startsWith("$scram-sha-256$4096$W22ZaJ0SNY7soEsUEjb6gQ==$");
        assertThat(pencil).hasToString("$scram-sha-256$4096");
        assertThat(PasswordHash.parse(FORM)).isInstanceOf(ScramSha256.class);
    }

    /** Against the JDK's derivation, of which a password is characters. */
    @Test
    void itsKeysAreThoseOfTheStandard() throws Exception {
        byte[] salted = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                .generateSecret(new PBEKeySpec("pencil".toCharArray(), SALT, 4_096, 256))
                .getEncoded();
        assertThat(HexFormat.of().formatHex(salted))
                .isEqualTo("c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d");
        ScramClient client = new ScramClient("user", "pencil");
        String keys = client.storedKey(salted) + "$" + client.serverKey(salted);
        assertThat(FORM).endsWith("$" + keys);
    }

    @Test
    void bytesThatAreNoTextAreAPasswordToo() {
        byte[] password = {(byte) 0xFF, 1, (byte) 0x80};
        assertThat(ScramSha256.of(password, SALT, 4_096).matches(password)).isTrue();
        assertThat(ScramSha256.of(password, SALT, 4_096).matches(new byte[] {(byte) 0xFE, 1, (byte) 0x80}))
                .isFalse();
    }

    /** As SASLprep has it: what looks the same is the same. */
    @Test
    void aCharacterThatIsTypedInTwoWaysIsOne() {
        ScramSha256 composed = ScramSha256.of(bytes("caf\u00E9"), SALT, 4_096);
        assertThat(composed.matches(bytes("cafe\u0301"))).isTrue();
        assertThat(composed.matches(bytes("cafe"))).isFalse();
    }

    @Test
    void whoIsNotThereLooksLikeSomebodyEachTime() {
        ScramSha256 anna = ScramSha256.parse(FORM);
        ScramSha256 nobody = anna.forNobody("bert");
        assertThat(nobody.iterations()).isEqualTo(4_096);
        assertThat(nobody.salt()).hasSize(16).isNotEqualTo(anna.salt());
        assertThat(anna.forNobody("bert").text()).isEqualTo(nobody.text());
        assertThat(anna.forNobody("carl").salt()).isNotEqualTo(nobody.salt());
        assertThat(nobody.matches(bytes("pencil"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$scram-sha-256$4095$",
                "$scram-sha-256$1000001$",
                "$scram-sha-256$99999999999$",
            })
    void aCostThatIsTooSmallOrTooLargeIsRefused(String begin) {
        assertThatThrownBy(() -> PasswordHash.parse(FORM.replace("$scram-sha-256$4096$", begin)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("allowed: from 4096 to 1000000");
    }

    @Test
    void aDamagedOneIsRefusedAndNotQuoted() {
        assertThatThrownBy(() -> PasswordHash.parse(FORM.substring(0, FORM.length() - 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the hash is damaged")
                .satisfies(fault -> assertThat(fault.getMessage()).doesNotContain("W22Z"));
        assertThatThrownBy(() -> PasswordHash.parse("$scram-sha-256$4096$hush"))
                .hasMessageStartingWith("the hash is damaged");
    }
}
