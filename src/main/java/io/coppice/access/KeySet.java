package io.coppice.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keys that tokens are signed with. What a key can check is said by its kind alone, and not by a token: an RSA key checks no
 * HMAC. Immutable.
 */
final class KeySet {
    static final int KEYS_MAX = 100;

    private static final int SECRET_BYTES_MIN = 32;
    private static final int RSA_BITS_MIN = 2_048;
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN (PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

    /**
     * One of them.
     *
     * @param id null for one without name
     * @param algorithm the only one that it is for; null for all that fit its kind
     */
    private record Key(@Nullable String id, @Nullable JWSAlgorithm algorithm, JWSVerifier verifier) {
        boolean fits(JWSAlgorithm wanted, @Nullable String wantedId) {
            return verifier.supportedJWSAlgorithms().contains(wanted)
                    && (algorithm == null || algorithm.equals(wanted))
                    && (wantedId == null || id == null || wantedId.equals(id));
        }
    }

    private final List<Key> keys;

    private KeySet(List<Key> keys) {
        this.keys = List.copyOf(keys);
    }

    /** Those with which a token of this algorithm and key identifier, null for none, can have been signed. */
    List<JWSVerifier> fitting(JWSAlgorithm algorithm, @Nullable String id) {
        return keys.stream()
                .filter(key -> key.fits(algorithm, id))
                .map(Key::verifier)
                .toList();
    }

    int size() {
        return keys.size();
    }

    /**
     * The key that is the content of a file; a line's end at the end is none of it.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    static KeySet ofSecret(byte[] content) {
        int length = content.length;
        if (length > 0 && content[length - 1] == '\n') {
            length -= length > 1 && content[length - 2] == '\r' ? 2 : 1;
        }
        if (length < SECRET_BYTES_MIN) {
            throw new IllegalArgumentException("the secret has " + length + " bytes; allowed: " + SECRET_BYTES_MIN
                    + " or more, 64 for HS512, all of them random");
        }
        byte[] secret = Arrays.copyOf(content, length);
        try {
            return new KeySet(List.of(new Key(null, null, new MACVerifier(secret))));
        } catch (JOSEException e) {
            throw new IllegalArgumentException("the secret cannot be used");
        }
    }

    /**
     * Public keys in PEM, and those of certificates.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    static KeySet ofPem(byte[] content) {
        List<Key> keys = new ArrayList<>();
        Matcher blocks = PEM.matcher(new String(content, StandardCharsets.ISO_8859_1));
        while (blocks.find()) {
            keys.add(publicKey(blocks.group(1), blocks.group(2)));
        }
        return some(keys, "there is no -----BEGIN PUBLIC KEY----- with an RSA or EC key");
    }

    private static Key publicKey(String kind, String base64) {
        try {
            byte[] der = Base64.getMimeDecoder().decode(base64);
            PublicKey key = kind.equals("CERTIFICATE")
                    ? CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(der))
                            .getPublicKey()
                    : decoded(der);
            return new Key(null, null, verifier(key));
        } catch (GeneralSecurityException | JOSEException | IllegalArgumentException e) {
            throw new IllegalArgumentException("a key cannot be used; allowed: RSA of " + RSA_BITS_MIN
                    + " bits or more, EC on P-256, P-384 or P-521");
        }
    }

    private static PublicKey decoded(byte[] der) throws GeneralSecurityException {
        X509EncodedKeySpec encoded = new X509EncodedKeySpec(der);
        try {
            return KeyFactory.getInstance("RSA").generatePublic(encoded);
        } catch (GeneralSecurityException noRsa) {
            return KeyFactory.getInstance("EC").generatePublic(encoded);
        }
    }

    private static JWSVerifier verifier(PublicKey key) throws JOSEException {
        if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() >= RSA_BITS_MIN) {
            return new RSASSAVerifier(rsa);
        }
        if (key instanceof ECPublicKey ec) {
            return new ECDSAVerifier(ec);
        }
        throw new JOSEException("a kind of key that is not used");
    }

    /**
     * Those of a JWK Set that can check signatures; others are passed over.
     *
     * @param secretsToo whether it may hold symmetric keys
     * @throws IllegalArgumentException with what is wrong
     */
    static KeySet ofJwks(byte[] content, boolean secretsToo) {
        List<JWK> all;
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
            all = JWKSet.parse(text).getKeys();
        } catch (ParseException | CharacterCodingException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "it is no JWK Set; allowed: {\"keys\": [...]}"); // its text may hold a key
        }
        if (all.size() > KEYS_MAX) {
            throw new IllegalArgumentException(all.size() + " keys; allowed: up to " + KEYS_MAX);
        }
        List<Key> keys = new ArrayList<>();
        for (JWK each : all) {
            JWSVerifier verifier = isForSignatures(each) ? verifier(each, secretsToo) : null;
            if (verifier != null) {
                JWSAlgorithm only = each.getAlgorithm() == null
                        ? null
                        : JWSAlgorithm.parse(each.getAlgorithm().getName());
                keys.add(new Key(each.getKeyID(), only, verifier));
            }
        }
        return some(keys, "there is no key that can check signatures");
    }

    private static boolean isForSignatures(JWK key) {
        return (key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE))
                && (key.getKeyOperations() == null || key.getKeyOperations().contains(KeyOperation.VERIFY));
    }

    private static @Nullable JWSVerifier verifier(JWK key, boolean secretsToo) {
        try {
            if (key instanceof RSAKey rsa) {
                return verifier(rsa.toRSAPublicKey());
            }
            if (key instanceof ECKey ec) {
                return verifier(ec.toECPublicKey());
            }
            boolean secret = secretsToo && key instanceof OctetSequenceKey;
            return secret && key.size() >= SECRET_BYTES_MIN * 8 ? new MACVerifier((OctetSequenceKey) key) : null;
        } catch (JOSEException | IllegalArgumentException unusable) {
            return null;
        }
    }

    private static KeySet some(List<Key> keys, String none) {
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(none);
        }
        return new KeySet(keys);
    }
}
