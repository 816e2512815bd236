package io.coppice.port;

/**
 * Which versions of everything that nodes say to each other a node knows. Two nodes mix where each reads what the other writes.
 * The one that is written goes up while nodes run, when all of them read the next one; it never goes down.
 *
 * @param oldest that it reads
 * @param spoken the one that it writes now
 * @param newest that it reads
 */
public record WireVersions(int oldest, int spoken, int newest) {
    public WireVersions {
        if (oldest > spoken || spoken > newest) {
            throw new IllegalArgumentException("wire version " + spoken + " is not within " + oldest + " to " + newest);
        }
    }

    /** Whether each reads what the other writes. */
    public boolean mixWith(WireVersions other) {
        return reads(other.spoken) && other.reads(spoken);
    }

    private boolean reads(int version) {
        return oldest <= version && version <= newest;
    }
}
