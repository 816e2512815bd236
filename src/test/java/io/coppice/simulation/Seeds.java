package io.coppice.simulation;

import java.util.function.LongConsumer;

/** Runs a world over many seeds, and names the one that fails. */
public final class Seeds {
    private static final int WANTED = Integer.getInteger("coppice.seeds", 0);
    private static final long ONE = Long.getLong("coppice.seed", 0);

    private Seeds() {}

    /** @param seeds from 1; {@code -Dcoppice.seeds} says how many else, {@code -Dcoppice.seed} which one alone */
    public static void each(int seeds, LongConsumer world) {
        long first = ONE == 0 ? 1 : ONE;
        long last = ONE == 0 ? WANTED == 0 ? seeds : WANTED : ONE;
        for (long seed = first; seed <= last; seed++) {
            try {
                world.accept(seed);
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
            }
        }
    }
}
