package io.coppice.storage;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finds where a damaged stretch of sorted keys ends. */
final class KeySearch {
    /** Longer than any two keys that follow each other have in common, and shorter than patience. */
    private static final int BYTES_MORE = 16;

    private KeySearch() {}

    /**
     * The first key from which on everything reads, to the length that is looked at.
     *
     * @param bad does not read
     * @param end the first key that is not asked for; null for none
     * @return null where nothing before the end reads
     */
    static byte @Nullable [] first(byte[] bad, byte @Nullable [] end, Predicate<byte[]> reads) {
        int length = Math.max(bad.length, end == null ? 0 : end.length) + BYTES_MORE;
        BigInteger low = number(bad, length);
        BigInteger high = end == null
                ? BigInteger.ONE.shiftLeft(length * Byte.SIZE).subtract(BigInteger.ONE)
                : number(end, length).subtract(BigInteger.ONE);
        if (low.compareTo(high) >= 0 || !reads.test(key(high, length))) {
            return null;
        }
        while (high.subtract(low).compareTo(BigInteger.ONE) > 0) {
            BigInteger middle = low.add(high).shiftRight(1);
            if (reads.test(key(middle, length))) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return key(high, length);
    }

    private static BigInteger number(byte[] key, int length) {
        return new BigInteger(1, Arrays.copyOf(key, length));
    }

    private static byte[] key(BigInteger number, int length) {
        byte[] bytes = number.toByteArray();
        byte[] key = new byte[length];
        int size = Math.min(bytes.length, length);
        System.arraycopy(bytes, bytes.length - size, key, length - size, size);
        return key;
    }
}
