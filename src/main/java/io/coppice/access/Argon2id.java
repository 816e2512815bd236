package io.coppice.access;

import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/** {@code $argon2id$v=19$m=…,t=…,p=…$salt$hash}: Argon2id (RFC 9106) as the reference implementation writes it. */
final class Argon2id implements PasswordHash {
    static final String PREFIX = "$argon2id$";

    /** KiB; every check that runs holds as much of the heap. RFC 9106 recommends 64 MiB where memory is short. */
    static final int MEMORY_MAX = 65_536;

    static final int PASSES_MAX = 16;
    private static final int LANES_MAX = 16;
    /** KiB that are gone through, which is what takes time; about a second. */
    private static final int WORK_MAX = 262_144;

    private static final Pattern FORM =
            Pattern.compile("\\$argon2id\\$v=19\\$m=([0-9]{1,20}),t=([0-9]{1,20}),p=([0-9]{1,20})"
                    + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

    /** @param memory KiB */
    record Cost(int memory, int passes, int lanes) {}

    private final Cost cost;
    private final byte[] salt;
    private final byte[] hash;

    private Argon2id(Cost cost, byte[] salt, byte[] hash) {
        this.cost = cost;
        this.salt = salt;
        this.hash = hash;
    }

    static Argon2id parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "the hash is damaged; allowed: $argon2id$v=19$m=…,t=…,p=…$salt$hash with the latter two in Base64 without =");
        }
        int lanes = PasswordHash.bounded("p", form.group(3), 1, LANES_MAX);
        int memory = PasswordHash.bounded("m", form.group(1), 8 * lanes, MEMORY_MAX);
        int passes = PasswordHash.bounded("t", form.group(2), 1, Math.min(PASSES_MAX, WORK_MAX / memory));
        try {
            return new Argon2id(
                    new Cost(memory, passes, lanes),
                    Base64.getDecoder().decode(form.group(4)),
                    Base64.getDecoder().decode(form.group(5)));
        } catch (IllegalArgumentException notBase64) {
            throw new IllegalArgumentException("the hash is damaged; salt and hash are in Base64 without =", notBase64);
        }
    }

    /** @param salt of 16 bytes */
    static Argon2id of(byte[] password, byte[] salt, Cost cost) {
        return new Argon2id(cost, salt, derive(password, salt, cost, 32));
    }

    @Override
    public boolean matches(byte[] password) {
        return PasswordHash.same(hash, derive(password, salt, cost, hash.length));
    }

    private static byte[] derive(byte[] password, byte[] salt, Cost cost, int length) {
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(cost.memory())
                .withIterations(cost.passes())
                .withParallelism(cost.lanes())
                .withSalt(salt)
                .build());
        byte[] hash = new byte[length];
        generator.generateBytes(password, hash);
        return hash;
    }

    @Override
    public String cost() {
        return PREFIX + "m=" + cost.memory() + ",t=" + cost.passes() + ",p=" + cost.lanes();
    }

    @Override
    public String text() {
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return PREFIX + "v=19$m=" + cost.memory() + ",t=" + cost.passes() + ",p=" + cost.lanes() + "$"
                + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
    }

    @Override
    public String toString() {
        return cost();
    }
}
