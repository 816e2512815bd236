package io.coppice.config;

/**
 * Which versions of what nodes say to each other, and of what they keep on disk, this release knows. Not constants: those would be
 * compiled into whoever uses them, and a test could not start a node of another release.
 */
public final class ReleaseVersions {
    private ReleaseVersions() {}

    /** The oldest that it reads: what the release before it writes. */
    public static int oldest() {
        return 5;
    }

    /** The newest that it reads and can write. */
    public static int newest() {
        return 6;
    }

    /** The one that it writes unless it is told otherwise: the newest that the release before it reads, so that a node can go back. */
    public static int written() {
        return 5;
    }
}
