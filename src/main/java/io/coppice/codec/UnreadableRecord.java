package io.coppice.codec;

/** Stored or forwarded bytes that are not what was written, or that this release is too old to read. */
public final class UnreadableRecord extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is the matter with the bytes. */
    public enum Fault {
        /** They end before the record does: what a killed writer leaves behind. */
        CUT_OFF,
        /** They were changed: the checksum, or what it covers, is wrong. */
        CORRUPT,
        /** They are whole, but written by a newer release. */
        NEWER
    }

    private final Fault fault;

    UnreadableRecord(Fault fault, String detail) {
        super(detail);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }
}
