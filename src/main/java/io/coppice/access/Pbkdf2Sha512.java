package io.coppice.access;

import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code $7$iterations$salt$hash}: PBKDF2 with HMAC-SHA-512 (RFC 8018), as mosquitto_passwd writes it. */
final class Pbkdf2Sha512 implements PasswordHash {
    static final String PREFIX = "$7$";
    /** About a second. */
    static final int ITERATIONS_MAX = 1_000_000;

    private static final Pattern FORM =
            Pattern.compile("\\$7\\$([0-9]{1,20})\\$([A-Za-z0-9+/]{2,128}={0,2})\\$([A-Za-z0-9+/]{86}==)");

    private final String text;
    private final int iterations;
    private final byte[] salt;
    private final byte[] hash;

    private Pbkdf2Sha512(String text, int iterations, byte[] salt, byte[] hash) {
        this.text = text;
        this.iterations = iterations;
        this.salt = salt;
        this.hash = hash;
    }

    static Pbkdf2Sha512 parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "the hash is damaged; allowed: $7$iterations$salt$hash with the latter two in Base64");
        }
        int iterations = PasswordHash.bounded("a number of iterations of", form.group(1), 1, ITERATIONS_MAX);
        return new Pbkdf2Sha512(
                text,
                iterations,
                Base64.getDecoder().decode(form.group(2)),
                Base64.getDecoder().decode(form.group(3)));
    }

    static Pbkdf2Sha512 of(byte[] password, byte[] salt, int iterations) {
        byte[] hash = derive(password, salt, iterations);
        Base64.Encoder base64 = Base64.getEncoder();
        String text = PREFIX + iterations + "$" + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
        return new Pbkdf2Sha512(text, iterations, salt, hash);
    }

    @Override
    public boolean matches(byte[] password) {
        return PasswordHash.same(hash, derive(password, salt, iterations));
    }

    private static byte[] derive(byte[] password, byte[] salt, int iterations) {
        return Pbkdf2.firstBlock("HmacSHA512", password, salt, iterations);
    }

    @Override
    public String cost() {
        return PREFIX + iterations;
    }

    @Override
    public String text() {
        return text;
    }

    @Override
    public String toString() {
        return cost();
    }
}
