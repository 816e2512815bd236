package io.coppice.topic;

/** Hashes that are the same in every process. */
final class Hashes {
    private Hashes() {}

    static long of(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return mix(hash);
    }

    /** Spreads every bit over all (the finalizer of MurmurHash3). */
    static long mix(long bits) {
        long mixed = (bits ^ bits >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }

    /** A hash as a number above 0 and below 1. */
    static double fraction(long hash) {
        return ((hash >>> 11) + 0.5) * 0x1p-53;
    }
}
