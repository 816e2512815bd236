package io.coppice.cluster;

/** A node that could not become part of its cluster; the message says in one line why, and what would be right. */
public final class JoinRefused extends Exception {
    private static final long serialVersionUID = 1L;

    JoinRefused(String line) {
        super(line);
    }

    JoinRefused(String line, Throwable cause) {
        super(line, cause);
    }
}
