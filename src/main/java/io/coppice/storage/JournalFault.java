package io.coppice.storage;

/** The disk, or what is on it, is in the way; the message says where and what, for an operator. */
public final class JournalFault extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean damage;

    JournalFault(String message) {
        super(message);
        this.damage = false;
    }

    JournalFault(String message, Throwable cause) {
        this(message, false, cause);
    }

    JournalFault(String message, boolean damage, Throwable cause) {
        super(message, cause);
        this.damage = damage;
    }

    /** Whether what is on the disk is not what was written. */
    boolean isDamage() {
        return damage;
    }
}
