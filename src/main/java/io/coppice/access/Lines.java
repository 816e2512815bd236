package io.coppice.access;

import io.coppice.config.ConfigException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Files whose lines each say something by themselves. Those that are empty or begin with {@code #} say nothing. */
final class Lines {
    /** Takes in what a line says. */
    interface Reader {
        /**
         * @param number from 1
         * @throws IllegalArgumentException if it is wrong, with what is allowed and without any secret of it
         */
        void read(String line, int number);
    }

    private Lines() {}

    /**
     * Hands on each line that says something.
     *
     * @param path for the faults
     * @throws ConfigException if one is wrong; with the first of such lines, by their numbers
     */
    static void read(Path path, byte[] content, Reader reader) throws ConfigException {
        List<String> faults = new ArrayList<>(0);
        int wrong = 0;
        int number = 0;
        for (String line : of(path, content)) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            try {
                reader.read(line, number);
            } catch (IllegalArgumentException fault) {
                if (++wrong <= Faults.TOLD_MAX) {
                    faults.add(path + ":" + number + ": " + fault.getMessage());
                }
            }
        }
        if (wrong > Faults.TOLD_MAX) {
            faults.add(path + ": and " + (wrong - Faults.TOLD_MAX) + " lines more");
        }
        if (!faults.isEmpty()) {
            throw new ConfigException(faults);
        }
    }

    /** The lines of a file, without what ends them. */
    static List<String> of(Path path, byte[] content) throws ConfigException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString()
                    .lines()
                    .toList();
        } catch (CharacterCodingException e) {
            throw new ConfigException(List.of(path + ": is not UTF-8; allowed: lines of the form user:hash in UTF-8"));
        }
    }
}
