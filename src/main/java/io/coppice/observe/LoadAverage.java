package io.coppice.observe;

import java.util.Locale;

/**
 * A rate per minute that forgets exponentially, as Mosquitto computes it: each tick moves the average towards
 * the rate since the last one, by a share that grows with the time between them.
 */
final class LoadAverage {
    private final double windowSeconds;
    private double perMinute;

    LoadAverage(int windowMinutes) {
        this.windowSeconds = windowMinutes * 60.0;
    }

    /**
     * Takes in what happened since the last tick.
     *
     * @param events how much was counted
     * @param seconds how long that took, more than 0
     */
    void tick(long events, double seconds) {
        double rate = events * 60.0 / seconds;
        perMinute = rate + Math.exp(-seconds / windowSeconds) * (perMinute - rate);
    }

    /** The average with two decimals. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f", perMinute);
    }
}
