package io.coppice.config;

import java.io.Serial;
import java.util.List;

/** A configuration that is refused. */
public final class ConfigException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    private final List<String> faults;

    public ConfigException(List<String> faults) {
        super(String.join(System.lineSeparator(), faults));
        this.faults = List.copyOf(faults);
    }

    /** Everything that is wrong, one line each: the key, the value, where it was written, and what is allowed. */
    public List<String> faults() {
        return faults;
    }
}
