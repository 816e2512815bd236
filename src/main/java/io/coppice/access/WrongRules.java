package io.coppice.access;

import java.io.Serial;
import java.util.List;

/** A file of rules that is not taken. */
public final class WrongRules extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    /** So many faults are told of one file. */
    static final int TOLD_MAX = 20;

    private final List<String> faults;

    /** @param faults one line each: file, line, what is wrong, and what is allowed */
    WrongRules(List<String> faults) {
        super(String.join("; ", faults));
        this.faults = List.copyOf(faults);
    }

    WrongRules(String fault) {
        this(List.of(fault));
    }

    public List<String> faults() {
        return faults;
    }
}
