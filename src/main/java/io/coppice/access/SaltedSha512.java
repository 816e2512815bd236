package io.coppice.access;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code $6$salt$hash}: SHA-512 of the password and the salt, once, as {@code mosquitto_passwd -H sha512} writes it. Read for
 * files that are there; nothing writes it here, since whoever has the file tries billions of passwords a second.
 */
final class SaltedSha512 implements PasswordHash {
    static final String PREFIX = "$6$";
    private static final Pattern FORM = Pattern.compile("\\$6\\$([A-Za-z0-9+/]{2,128}={0,2})\\$([A-Za-z0-9+/]{86}==)");

    private final String text;
    private final byte[] salt;
    private final byte[] hash;

    private SaltedSha512(String text, byte[] salt, byte[] hash) {
        this.text = text;
        this.salt = salt;
        this.hash = hash;
    }

    static SaltedSha512 parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("the hash is damaged; allowed: $6$salt$hash with both in Base64");
        }
        return new SaltedSha512(
                text,
                Base64.getDecoder().decode(form.group(1)),
                Base64.getDecoder().decode(form.group(2)));
    }

    @Override
    public boolean matches(byte[] password) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            digest.update(password);
            return PasswordHash.same(hash, digest.digest(salt));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-512", e);
        }
    }

    @Override
    public String cost() {
        return PREFIX;
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
