package io.coppice.access;

import io.coppice.config.ConfigException;
import io.coppice.port.AdminRole;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The lines of a file of the admin port: each begins with a name that no other has, and a role. Lines that are empty or begin
 * with {@code #} say nothing.
 */
final class AdminLines {
    /** Thousands of users or tokens; the admin port is for people and programs that run a node. */
    static final int BYTES_MAX = 1 << 20;

    /** Takes in what a line says. */
    interface Reader {
        /**
         * @param rest what stands behind the colon after the role
         * @throws IllegalArgumentException if it is wrong, with what is allowed and without any of it
         */
        void read(String name, AdminRole role, String rest);
    }

    private AdminLines() {}

    /**
     * Hands on each line that says something.
     *
     * @param form of a line, for the faults
     * @throws ConfigException if one is wrong; with the first of such lines, by their numbers
     */
    static void read(Path path, byte[] content, String form, Reader reader) throws ConfigException {
        Map<String, Integer> lineOf = new HashMap<>();
        Lines.read(path, content, (line, number) -> read(line, number, form, lineOf, reader));
    }

    private static void read(String line, int number, String form, Map<String, Integer> lineOf, Reader reader) {
        String[] parts = line.split(":", 3);
        if (parts.length < 3) {
            throw new IllegalArgumentException("there are not two colons; allowed: " + form);
        }
        String wrong = PasswordFile.wrongName(parts[0]);
        if (wrong != null) {
            throw new IllegalArgumentException(wrong);
        }
        // What stands there is not quoted: in a file of another form it may be a hash.
        AdminRole role = AdminRole.of(parts[1])
                .orElseThrow(() ->
                        new IllegalArgumentException("the role is not known; allowed: viewer, operator or admin"));
        Integer earlier = lineOf.putIfAbsent(parts[0], number);
        if (earlier != null) {
            throw new IllegalArgumentException(
                    "the name stands in line " + earlier + " already; allowed: one line for each");
        }
        reader.read(parts[0], role, parts[2]);
    }
}
