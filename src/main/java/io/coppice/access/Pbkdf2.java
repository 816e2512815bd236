package io.coppice.access;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** PBKDF2 (RFC 8018) of passwords that are bytes, as those of MQTT are: the JDK's own takes characters. */
final class Pbkdf2 {
    private Pbkdf2() {}

    /**
     * The first block, which is as long as the hash.
     *
     * @param hmac the JDK's name of the HMAC, which every Java has
     */
    static byte[] firstBlock(String hmac, byte[] password, byte[] salt, int iterations) {
        try {
            Mac mac = Mac.getInstance(hmac);
            // A key is filled up with zeros, and the JDK takes none that is empty.
            mac.init(new SecretKeySpec(password.length == 0 ? new byte[1] : password, hmac));
            mac.update(salt);
            byte[] each = mac.doFinal(new byte[] {0, 0, 0, 1});
            byte[] sum = each.clone();
            for (int i = 1; i < iterations; i++) {
                each = mac.doFinal(each);
                for (int at = 0; at < sum.length; at++) {
                    sum[at] ^= each[at];
                }
            }
            return sum;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + hmac, e);
        }
    }
}
