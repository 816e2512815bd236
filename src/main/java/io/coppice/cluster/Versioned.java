package io.coppice.cluster;

/** A value of which there may be two, told apart by what is newer. */
interface Versioned {
    /** The higher one is the newer. */
    long epoch();

    /** Decides between two of the same epoch; the higher one is the newer. */
    long version();

    /** Whether this is at least as new. */
    default boolean supersedes(Versioned other) {
        return epoch() > other.epoch() || (epoch() == other.epoch() && version() >= other.version());
    }
}
