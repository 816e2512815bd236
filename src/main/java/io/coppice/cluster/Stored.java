package io.coppice.cluster;

/** What became of records at the copy of their session. Its number is what members tell each other. */
enum Stored {
    /** They are there, now or before. */
    SAFE,
    /** A newer epoch was there. */
    FENCED,
    /** Records before them are missing. */
    GAP,
    /** They do not read. */
    DAMAGED,
    /** Nobody can say. */
    UNKNOWN;

    static Stored of(int number) {
        return number >= 0 && number < values().length ? values()[number] : UNKNOWN;
    }
}
