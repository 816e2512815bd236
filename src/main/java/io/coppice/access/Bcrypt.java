package io.coppice.access;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

/** {@code $2b$cost$…}: bcrypt as OpenBSD, {@code htpasswd -B} and most libraries write it. Of a password its first 72 bytes count. */
final class Bcrypt implements PasswordHash {
    static final int PASSWORD_BYTES_MAX = 72;
    /** 2 to the power of it rounds; about a second. */
    static final int COST_MAX = 14;

    private static final int COST_MIN = 4;
    private static final Pattern KIND = Pattern.compile("\\$2[aby]?\\$.*");
    private static final Pattern FORM = Pattern.compile("(\\$2[aby]\\$)([0-9]{2})\\$[./A-Za-z0-9]{53}");

    private final String text;
    private final int cost;

    private Bcrypt(String text, int cost) {
        this.text = text;
        this.cost = cost;
    }

    static boolean isOne(String text) {
        return KIND.matcher(text).matches();
    }

    static Bcrypt parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "the hash is damaged; allowed: $2a$, $2b$ or $2y$, a cost of two digits, $, and 53 characters");
        }
        return new Bcrypt(text, PasswordHash.bounded("a cost of", form.group(2), COST_MIN, COST_MAX));
    }

    /** @param salt of 16 bytes */
    static Bcrypt of(byte[] password, byte[] salt, int cost) {
        return new Bcrypt(OpenBSDBCrypt.generate("2b", password, salt, cost), cost);
    }

    @Override
    public boolean matches(byte[] password) {
        return OpenBSDBCrypt.checkPassword(text, password);
    }

    @Override
    public String cost() {
        return "$2$" + cost;
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
