package io.coppice.observe;

import java.util.Map;

/** How much of each subsystem goes into the log. Any thread. */
public interface LogLevels {
    /** Levels in force by subsystem; those are all that can be changed. */
    Map<String, String> inForce();

    /**
     * Changes one until the process ends.
     *
     * @param subsystem one of {@link #inForce()}
     * @param level {@code error}, {@code warn}, {@code info}, {@code debug} or {@code trace}; {@code default} for what held at the start
     */
    void set(String subsystem, String level);
}
