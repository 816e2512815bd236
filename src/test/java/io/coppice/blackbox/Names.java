package io.coppice.blackbox;

import java.util.concurrent.atomic.AtomicInteger;

/** Client identifiers and topics that no other test uses. */
public final class Names {
    private static final AtomicInteger TESTS = new AtomicInteger();

    private final int test = TESTS.incrementAndGet();

    /** A client identifier of letters and digits, the same for the same role; short roles keep it below 23 bytes. */
    public String client(String role) {
        return role + "x" + test;
    }

    /** A topic or filter below a level of this test's own. */
    public String topic(String rest) {
        return "t" + test + "/" + rest;
    }

    /** A filter of a shared subscription to {@link #topic}. */
    public String shared(String group, String rest) {
        return "$share/" + group + "/" + topic(rest);
    }
}
