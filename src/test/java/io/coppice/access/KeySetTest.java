package io.coppice.access;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.coppice.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeySetTest {
    private static final RSAKey RSA = Tokens.rsa("r");
    private static final ECKey EC = Tokens.ec(Curve.P_256, "e");

    @TempDir
    private Path directory;

    private static int fitting(KeySet keys, String algorithm) {
        return keys.fitting(JWSAlgorithm.parse(algorithm), null).size();
    }

    @Test
    void aSecretEndsBeforeTheEndOfItsLine() {
        for (String end : new String[] {"", "\n", "\r\n"}) {
            KeySet keys = KeySet.ofSecret((new String(Tokens.SECRET, US_ASCII) + end).getBytes(US_ASCII));
            assertThat(fitting(keys, "HS512")).isEqualTo(1);
            assertThat(fitting(keys, "RS256")).isZero();
        }
        assertThatThrownBy(() -> KeySet.ofSecret((" ".repeat(31) + "\n").getBytes(US_ASCII)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the secret has 31 bytes; allowed: 32 or more");
    }

    /** RFC 7518, 3.2: a key as long as the hash. */
    @Test
    void aShortSecretIsForShortHashesOnly() {
        KeySet keys = KeySet.ofSecret(new byte[32]);

        assertThat(fitting(keys, "HS256")).isEqualTo(1);
        assertThat(fitting(keys, "HS512")).isZero();
    }

    @Test
    void aFileInPemMayHoldSeveralKeys() throws Exception {
        byte[] both = (new String(Tokens.pem(RSA.toRSAPublicKey()), US_ASCII)
                        + "a comment\n"
                        + new String(Tokens.pem(EC.toECPublicKey()), US_ASCII))
                .getBytes(US_ASCII);
        KeySet keys = KeySet.ofPem(both);

        assertThat(keys.size()).isEqualTo(2);
        assertThat(fitting(keys, "PS512")).isEqualTo(1);
        assertThat(fitting(keys, "ES256")).isEqualTo(1);
        assertThat(fitting(keys, "ES384")).isZero();
        assertThat(fitting(keys, "HS256")).isZero();
    }

    @Test
    void whatIsNoPublicKeyIsRefused() throws Exception {
        KeyPairGenerator small = KeyPairGenerator.getInstance("RSA");
        small.initialize(1_024);
        KeyPair weak = small.generateKeyPair();
        for (byte[] pem : new byte[][] {
            Tokens.pem(weak.getPublic()),
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----".getBytes(US_ASCII),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----".getBytes(US_ASCII)
        }) {
            assertThatThrownBy(() -> KeySet.ofPem(pem))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("a key cannot be used; allowed: RSA of 2048 bits");
        }
        assertThatThrownBy(() -> KeySet.ofPem(Tokens.jwks(RSA)))
                .hasMessageStartingWith("there is no -----BEGIN PUBLIC");
    }

    @Test
    void keysOfOtherUsesAndKindsArePassedOver() throws Exception {
        RSAKey encrypts =
                new RSAKey.Builder(Tokens.rsa("x")).keyUse(KeyUse.ENCRYPTION).build();
        RSAKey weak = new RSAKeyGenerator(1_024, true).keyID("w").generate();
        String set = new String(Tokens.jwks(EC, encrypts, weak), UTF_8)
                .replace(
                        "\"keys\":[",
                        "\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"},{\"kty\":\"new\"},");
        KeySet keys = KeySet.ofJwks(set.getBytes(UTF_8), true);

        assertThat(keys.size()).isEqualTo(1);
        assertThat(fitting(keys, "RS256")).isZero();
    }

    @Test
    void aSetThatIsFetchedHoldsNoSecrets() {
        byte[] set = Tokens.jwks(Tokens.secret(Tokens.SECRET));

        assertThat(fitting(KeySet.ofJwks(set, true), "HS256")).isEqualTo(1);
        assertThatThrownBy(() -> KeySet.ofJwks(set, false)).hasMessage("there is no key that can check signatures");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[]", "{}", "{\"keys\":7}", "{\"keys\":[7]}", "nonsense", "{\"keys\":[{\"kty\":\"RSA\"}]}"})
    void whatIsNoSetIsRefused(String set) {
        assertThatThrownBy(() -> KeySet.ofJwks(set.getBytes(UTF_8), true)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSetHasAHundredKeysAtMost() {
        JWK[] many = IntStream.rangeClosed(0, KeySet.KEYS_MAX).mapToObj(i -> EC).toArray(JWK[]::new);

        assertThatThrownBy(() -> KeySet.ofJwks(Tokens.jwks(many), true)).hasMessage("101 keys; allowed: up to 100");
    }

    @Test
    void aFileOfKeysIsReadAnewWhenItHasChanged() throws Exception {
        Path path = Files.write(directory.resolve("keys"), Tokens.jwks(EC));
        KeyFile file = new KeyFile(path, 100_000, content -> KeySet.ofJwks(content, true));
        assertThat(fitting(file.inForce(0), "RS256")).isZero();
        Files.write(path, Tokens.jwks(RSA));
        file.refresh();
        assertThat(fitting(file.inForce(0), "RS256")).isEqualTo(1);
        Files.writeString(path, "nonsense");
        file.refresh();

        assertThat(fitting(file.inForce(0), "RS256")).isEqualTo(1);
        assertThatThrownBy(() -> new KeyFile(path, 100_000, content -> KeySet.ofJwks(content, true)))
                .isInstanceOf(ConfigException.class)
                .hasMessage(path + ": it is no JWK Set; allowed: {\"keys\": [...]}");
    }
}
