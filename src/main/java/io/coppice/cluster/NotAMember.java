package io.coppice.cluster;

import java.io.IOException;

/** The other end of a connection is no member of this cluster, or does not take this node for one; says why, of the other end. */
final class NotAMember extends IOException {
    private static final long serialVersionUID = 1L;

    /** What was wrong. */
    enum Reason {
        /** It speaks otherwise than nodes do. */
        STRANGER,
        /** It said nothing, or too little in time. */
        SILENT,
        /** One of the two does not know the other's secret. */
        SECRET
    }

    private final Reason reason;

    NotAMember(Reason reason, String line) {
        super(line, null);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }

    /** It is thrown as often as strangers like, and where does not matter. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
