package io.coppice.simulation;

import java.util.function.LongConsumer;

/** Runs a world over many seeds, and names the one that fails. */
public final class Seeds {
    private Seeds() {}

    public static void each(int seeds, LongConsumer world) {
        for (long seed = 1; seed <= seeds; seed++) {
            try {
                world.accept(seed);
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
            }
        }
    }
}
