package io.coppice.storage;

/**
 * Which formats of keys and values of a {@link Journal} a release knows. A journal keeps the format that it has until it is
 * {@link FormatMark#raise raised}: until then the release before can open it.
 *
 * @param first of a new journal; one of an older format is in this one as soon as it is opened
 * @param newest that is read
 */
record Formats(byte first, byte newest) {
    /**
     * With the second format came slots, see {@link Keys}, with the third whose a session is, with the fourth who published a
     * message. What was written in older ones is read as it is.
     */
    static final Formats OF_THIS_RELEASE = new Formats((byte) 4, (byte) 4);

    Formats {
        if (first < 1 || first > newest) {
            throw new IllegalArgumentException("format " + first + " is not within 1 to " + newest);
        }
    }

    /** The format of journals of a version that nodes write ({@link io.coppice.config.ReleaseVersions}): so far all have the same. */
    static byte of(int version) {
        return OF_THIS_RELEASE.first;
    }
}
