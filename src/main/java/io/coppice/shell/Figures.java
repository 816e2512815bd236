package io.coppice.shell;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Numbers as people read them. */
public final class Figures {
    private static final long KILO = 1_000;

    private Figures() {}

    public static String bytes(long bytes) {
        if (bytes < KILO) {
            return bytes + " bytes";
        }
        double left = bytes;
        String unit = "";
        for (String larger : new String[] {"kB", "MB", "GB", "TB"}) {
            if (left < KILO) {
                break;
            }
            left /= KILO;
            unit = larger;
        }
        return String.format(Locale.ROOT, "%.1f %s", left, unit);
    }

    /** @param since as {@link System#nanoTime} */
    public static String seconds(long since) {
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
        return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }

    public static String of(long count, String one) {
        return count + " " + one + (count == 1 ? "" : "s");
    }
}
