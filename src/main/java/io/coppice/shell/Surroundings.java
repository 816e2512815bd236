package io.coppice.shell;

import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a command gets what was not typed with it.
 *
 * @param console where a person types; null where nobody does
 */
public record Surroundings(
        Map<String, String> environment,
        InputStream in,
        @Nullable Console console) {
    private static final String STANDARD = "-";
    private static final int SECRET_BYTES_MAX = 65_535;

    /** A variable of the environment; null for none, or an empty one. */
    public @Nullable String variable(String name) {
        String value = environment.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /**
     * The bytes of the first line of a file, {@code -} for the standard input; at least one.
     *
     * @throws Wrong if there are none
     */
    public byte[] firstLine(Path file) throws Wrong {
        byte[] content;
        if (file.toString().equals(STANDARD)) {
            try {
                content = in.readNBytes(SECRET_BYTES_MAX);
            } catch (IOException broken) {
                throw new Wrong("the standard input cannot be read");
            }
        } else {
            content = read(file, SECRET_BYTES_MAX);
        }
        int end = 0;
        while (end < content.length && content[end] != '\n' && content[end] != '\r') {
            end++;
        }
        if (end == 0) {
            throw new Wrong(file + ": the first line is empty");
        }
        return Arrays.copyOf(content, end);
    }

    /**
     * What a file has.
     *
     * @throws Wrong if it cannot be read, or has more than {@code max} bytes
     */
    public static byte[] read(Path file, int max) throws Wrong {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(max + 1);
            if (content.length > max) {
                throw new Wrong(file + ": is larger than " + max + " bytes");
            }
            return content;
        } catch (IOException unreadable) {
            throw new Wrong(file + ": cannot be read");
        }
    }
}
