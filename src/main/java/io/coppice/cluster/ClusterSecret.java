package io.coppice.cluster;

import io.coppice.config.Shown;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What the nodes of a cluster know and nobody else does. The first of its keys is what a node proves to know; the second
 * is accepted as well, so that nodes can be given another secret one after the other.
 */
final class ClusterSecret {
    /** Of a cluster that anybody may join. */
    static final ClusterSecret NONE = new ClusterSecret(List.of());

    static final int PROOF_BYTES = 32;

    private static final int FILE_BYTES_MAX = 4_096;
    private static final int LENGTH_MIN = 16;
    private static final int SECRETS_MAX = 2;
    /** Who has heard a proof can try secrets on it: each try costs as much as this. Made once, at the start. */
    private static final int ITERATIONS = 200_000;

    private static final byte[] SALT = "coppice cluster secret".getBytes(StandardCharsets.US_ASCII);
    private static final String ALLOWED =
            "; allowed: one line or two, each of at least " + LENGTH_MIN + " characters, the same on every node";

    private final List<byte[]> keys;

    private ClusterSecret(List<byte[]> keys) {
        this.keys = keys;
    }

    /**
     * The secret in a file.
     *
     * @param file empty for none
     * @throws JoinRefused where the file is not as it must be; the message quotes nothing of it
     */
    static ClusterSecret read(String file) throws JoinRefused {
        if (file.isEmpty()) {
            return NONE;
        }
        List<String> lines = text(file).lines().map(String::strip).toList();
        List<byte[]> keys = new ArrayList<>();
        for (String line : lines) {
            if (line.length() < LENGTH_MIN) {
                throw fault(file, "line " + (keys.size() + 1) + " is too short" + ALLOWED);
            }
            keys.add(key(line));
        }
        if (keys.isEmpty() || keys.size() > SECRETS_MAX) {
            throw fault(file, "it has " + keys.size() + " lines" + ALLOWED);
        }
        return new ClusterSecret(List.copyOf(keys));
    }

    private static String text(String file) throws JoinRefused {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            byte[] bytes = in.readNBytes(FILE_BYTES_MAX + 1);
            if (bytes.length > FILE_BYTES_MAX) {
                throw fault(file, "it is larger than " + FILE_BYTES_MAX + " bytes" + ALLOWED);
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (NoSuchFileException missing) {
            throw fault(file, "there is no such file" + ALLOWED);
        } catch (IOException unreadable) {
            throw fault(file, "it cannot be read: " + unreadable.getClass().getSimpleName() + ALLOWED);
        }
    }

    private static JoinRefused fault(String file, String reason) {
        return new JoinRefused("cluster.secret-file: " + Shown.path(file) + ": " + reason);
    }

    private static byte[] key(String secret) {
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(secret.toCharArray(), SALT, ITERATIONS, PROOF_BYTES * Byte.SIZE))
                    .getEncoded();
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java has PBKDF2", missing);
        }
    }

    /** Whether nodes must prove something at all. */
    boolean isAsked() {
        return !keys.isEmpty();
    }

    /** The key that this node proves to know. */
    byte[] own() {
        return keys.get(0);
    }

    /** The key with which a proof of these was made; null where it is none of ours. */
    byte @Nullable [] keyOf(byte[] proof, byte[]... proven) {
        byte[] found = null;
        for (byte[] key : keys) {
            if (MessageDigest.isEqual(proof, prove(key, proven))) {
                found = key;
            }
        }
        return found;
    }

    /** Shows that its maker knows the key, to whoever knows it too, and of the key nothing to anybody. */
    static byte[] prove(byte[] key, byte[]... proven) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            for (byte[] part : proven) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java has HMAC with SHA-256", missing);
        }
    }

    /** Says nothing of the keys. */
    @Override
    public String toString() {
        return isAsked() ? "a secret" : "no secret";
    }
}
