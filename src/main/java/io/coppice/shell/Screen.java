package io.coppice.shell;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Who sees what a command writes.
 *
 * @param out whether the standard output is seen by somebody as it is
 * @param err whether the standard error is
 * @param columns of the standard output; {@link #ENDLESS} where nobody sees it
 */
public record Screen(boolean out, boolean err, int columns) {
    public static final int ENDLESS = Integer.MAX_VALUE;

    private static final int USUAL = 80;
    private static final int LEAST = 20;
    private static final long ASK_MILLIS_MAX = 1_000;
    private static final int ANSWER_BYTES_MAX = 64;

    /** That of this process. */
    public static Screen ofProcess(Surroundings around) {
        boolean out = Terminal.is(Terminal.OUT);
        return new Screen(out, Terminal.is(Terminal.ERR), out ? columns(around.variable("COLUMNS")) : ENDLESS);
    }

    private static int columns(@Nullable String given) {
        String columns = given == null ? asked() : given;
        return columns.matches("[0-9]{1,4}") && Integer.parseInt(columns) > 0
                ? Math.max(LEAST, Integer.parseInt(columns))
                : USUAL;
    }

    /** Java does not say it; empty where nobody does. */
    private static String asked() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                String rowsAndColumns =
                        new String(stty.getInputStream().readNBytes(ANSWER_BYTES_MAX), StandardCharsets.US_ASCII);
                stty.waitFor(ASK_MILLIS_MAX, TimeUnit.MILLISECONDS);
                return rowsAndColumns
                        .replaceFirst("(?s)^[0-9]+ ([0-9]+).*", "$1")
                        .strip();
            } finally {
                stty.destroy();
            }
        } catch (IOException noSuchProgram) {
            return "";
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
