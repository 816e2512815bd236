package io.coppice.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.regex.Pattern;

/**
 * What a password file keeps of a password: enough to know it again, and not enough to tell it. Never logged: a hash is a
 * secret too.
 */
sealed interface PasswordHash permits SaltedSha512, Pbkdf2Sha512, Bcrypt, Argon2id, ScramSha256 {
    /** Characters of the longest text that any kind has. */
    int TEXT_LENGTH_MAX = 512;

    /** Those that other programs write; of anything else nothing is quoted, since it may be a password. */
    Pattern UNKNOWN_KIND = Pattern.compile("\\$(1|2x|5|y|scrypt|argon2[id]|pbkdf2[a-z0-9-]{0,8})\\$.*");

    /** Whether it was made of this password; takes as long for a wrong one. */
    boolean matches(byte[] password);

    /** The kind with its cost: on nothing else does it depend how long {@link #matches} takes. */
    String cost();

    /** As it stands in a password file. */
    String text();

    /**
     * The hash that a text stands for.
     *
     * @throws IllegalArgumentException if it stands for none, or for one that would cost more than a server can bear, with
     *     what is allowed and without the text
     */
    static PasswordHash parse(String text) {
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new IllegalArgumentException("the hash is longer than " + TEXT_LENGTH_MAX + " characters");
        }
        if (text.startsWith(Pbkdf2Sha512.PREFIX)) {
            return Pbkdf2Sha512.parse(text);
        } else if (text.startsWith(Argon2id.PREFIX)) {
            return Argon2id.parse(text);
        } else if (text.startsWith(ScramSha256.PREFIX)) {
            return ScramSha256.parse(text);
        } else if (text.startsWith(SaltedSha512.PREFIX)) {
            return SaltedSha512.parse(text);
        } else if (Bcrypt.isOne(text)) {
            return Bcrypt.parse(text);
        }
        var unknown = UNKNOWN_KIND.matcher(text);
        throw new IllegalArgumentException(
                (unknown.matches() ? "hashes of the kind $" + unknown.group(1) + "$ are not known" : "there is no hash")
                        + "; allowed: $argon2id$, $2a$, $2b$, $2y$, $6$ and $7$ as mosquitto_passwd writes them, and $scram-sha-256$");
    }

    /** Whether two secrets are the same; tells nobody by its time where they differ. */
    static boolean same(byte[] one, byte[] other) {
        return MessageDigest.isEqual(one, other);
    }

    /**
     * A number of a hash.
     *
     * @throws IllegalArgumentException if it is outside its bounds
     */
    static int bounded(String what, String digits, int min, int max) {
        int number = digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
        if (number < min || number > max) {
            String shown = digits.length() > 20 ? digits.substring(0, 20) + "…" : digits;
            throw new IllegalArgumentException(
                    what + " " + shown + " is not allowed; allowed: from " + min + " to " + max);
        }
        return number;
    }

    /** Bytes of a text that has ASCII only. */
    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
