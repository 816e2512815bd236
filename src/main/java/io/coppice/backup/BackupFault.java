package io.coppice.backup;

/** A backup cannot be read from some line on. */
public final class BackupFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long line;

    /** @param detail what is wrong there, and what is allowed */
    BackupFault(long line, String detail) {
        super("line " + line + ": " + detail);
        this.line = line;
    }

    /** The number of the line, from 1. */
    public long line() {
        return line;
    }
}
