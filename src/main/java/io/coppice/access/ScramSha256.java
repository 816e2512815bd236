package io.coppice.access;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code $scram-sha-256$iterations$salt$storedKey$serverKey}: what SCRAM-SHA-256 (RFC 5802, RFC 7677) keeps of a password. With it a
 * client is known that proves to have the password and does not say it, and one that says it as well.
 */
final class ScramSha256 implements PasswordHash {
    static final String PREFIX = "$scram-sha-256$";
    static final int KEY_BYTES = 32;
    static final int SALT_BYTES = 16;
    /** RFC 7677, 4. */
    static final int ITERATIONS_MIN = 4_096;
    /** About half a second, for every login of the client as well. */
    static final int ITERATIONS_MAX = 1_000_000;

    private static final Pattern FORM =
            Pattern.compile("\\$scram-sha-256\\$([0-9]{1,20})\\$([A-Za-z0-9+/]{11,86}={0,2})"
                    + "\\$([A-Za-z0-9+/]{43}=)\\$([A-Za-z0-9+/]{43}=)");

    private static final byte[] CLIENT_KEY = PasswordHash.ascii("Client Key");
    private static final byte[] SERVER_KEY = PasswordHash.ascii("Server Key");

    private final int iterations;
    private final byte[] salt;
    private final byte[] storedKey;
    private final byte[] serverKey;

    private ScramSha256(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
        this.iterations = iterations;
        this.salt = salt;
        this.storedKey = storedKey;
        this.serverKey = serverKey;
    }

    static ScramSha256 parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "the hash is damaged; allowed: $scram-sha-256$iterations$salt$storedKey$serverKey with the latter three in Base64");
        }
        int iterations =
                PasswordHash.bounded("a number of iterations of", form.group(1), ITERATIONS_MIN, ITERATIONS_MAX);
        try {
            Base64.Decoder base64 = Base64.getDecoder();
            return new ScramSha256(
                    iterations,
                    base64.decode(form.group(2)),
                    base64.decode(form.group(3)),
                    base64.decode(form.group(4)));
        } catch (IllegalArgumentException notBase64) {
            throw new IllegalArgumentException("the hash is damaged; salt and keys are in Base64", notBase64);
        }
    }

    static ScramSha256 of(byte[] password, byte[] salt, int iterations) {
        byte[] salted = salted(password, salt, iterations);
        return new ScramSha256(
                iterations, salt, sha256(HmacSha256.of(salted, CLIENT_KEY)), HmacSha256.of(salted, SERVER_KEY));
    }

    /**
     * Looks like a user's, the same each time for the same name, and no proof fits it. Who knows the password of this user
     * could tell it from another's.
     */
    ScramSha256 forNobody(String user) {
        byte[] name = user.getBytes(StandardCharsets.UTF_8);
        byte[] seed = HmacSha256.of(serverKey, PasswordHash.ascii("nobody"));
        byte[] fake = Arrays.copyOf(HmacSha256.of(seed, PasswordHash.ascii("salt "), name), salt.length);
        return new ScramSha256(
                iterations,
                fake,
                HmacSha256.of(seed, PasswordHash.ascii("stored "), name),
                HmacSha256.of(seed, PasswordHash.ascii("server "), name));
    }

    // --- the exchange

    int iterations() {
        return iterations;
    }

    byte[] salt() {
        return salt.clone();
    }

    /** Whether a client's proof shows that it has the password. */
    boolean proves(byte[] proof, byte[] authMessage) {
        if (proof.length != KEY_BYTES) {
            return false;
        }
        byte[] clientKey = HmacSha256.of(storedKey, authMessage);
        for (int i = 0; i < KEY_BYTES; i++) {
            clientKey[i] ^= proof[i];
        }
        return PasswordHash.same(storedKey, sha256(clientKey));
    }

    /** Shows the client that the server has what only who was given the password has. */
    byte[] serverSignature(byte[] authMessage) {
        return HmacSha256.of(serverKey, authMessage);
    }

    // --- the password

    @Override
    public boolean matches(byte[] password) {
        return PasswordHash.same(storedKey, sha256(HmacSha256.of(salted(password, salt, iterations), CLIENT_KEY)));
    }

    private static byte[] salted(byte[] password, byte[] salt, int iterations) {
        return Pbkdf2.firstBlock("HmacSHA256", prepared(password), salt, iterations);
    }

    /** Of SASLprep (RFC 4013) what changes characters that people type: their compatible, composed form. */
    private static byte[] prepared(byte[] password) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(password))
                    .toString();
            return Normalizer.normalize(text, Normalizer.Form.NFKC).getBytes(StandardCharsets.UTF_8);
        } catch (CharacterCodingException bytes) {
            return password;
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public String cost() {
        return PREFIX + iterations;
    }

    @Override
    public String text() {
        Base64.Encoder base64 = Base64.getEncoder();
        return PREFIX + iterations + "$" + base64.encodeToString(salt) + "$" + base64.encodeToString(storedKey) + "$"
                + base64.encodeToString(serverKey);
    }

    @Override
    public String toString() {
        return cost();
    }
}
