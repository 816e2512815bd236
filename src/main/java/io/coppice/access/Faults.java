package io.coppice.access;

import io.coppice.config.ConfigException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is wrong with a file, line by line; told together at its end. */
final class Faults {
    /** So many faults are told of one file. */
    static final int TOLD_MAX = 20;

    private final Path file;
    private final List<String> found = new ArrayList<>(0);
    private int untold;

    Faults(Path file) {
        this.file = file;
    }

    /** @param line from 1 */
    void add(int line, String what) {
        if (found.size() < TOLD_MAX) {
            found.add(file + ":" + line + ": " + what);
        } else {
            untold++;
        }
    }

    /** @throws ConfigException where anything is wrong */
    void tell() throws ConfigException {
        if (untold > 0) {
            found.add(file + ": " + untold + " more lines are wrong");
        }
        if (!found.isEmpty()) {
            throw new ConfigException(found);
        }
    }

    /** A value of the file as part of a line of text: bounded, without control characters. */
    static String shown(String text) {
        String line = text.length() > 64 ? text.substring(0, 64) + "…" : text;
        return "'" + line.replaceAll("\\p{Cntrl}", "?") + "'";
    }
}
