package io.coppice.access;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC with SHA-256 (RFC 2104). */
final class HmacSha256 {
    private static final String NAME = "HmacSHA256";

    private HmacSha256() {}

    /** A key that is used more than once. */
    static SecretKeySpec key(byte[] key) {
        return new SecretKeySpec(key, NAME);
    }

    /** The same with a key that is used once; not empty. */
    static byte[] of(byte[] key, byte[]... parts) {
        return of(key(key), parts);
    }

    /** 32 bytes over all parts, one behind the other. */
    static byte[] of(SecretKeySpec key, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(NAME);
            mac.init(key);
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HMAC-SHA-256", e);
        }
    }
}
