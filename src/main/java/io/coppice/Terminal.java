package io.coppice;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Whether a person sees what the process writes, or types what it reads. */
final class Terminal {
    static final int IN = 0;
    static final int OUT = 1;

    private Terminal() {}

    /** The console, where somebody types. */
    static @Nullable Console console() {
        return is(IN) ? System.console() : null;
    }

    /** Java says it of both together only, and newer ones have a console in any case. */
    static boolean is(int descriptor) {
        try {
            String open = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return open.startsWith("/dev/pts/") || open.startsWith("/dev/tty") || open.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException noLinux) {
            return System.console() != null;
        }
    }
}
