package io.coppice.access;

/**
 * Keeps from asking somebody who has failed several times in a row: for a time nobody asks, then one tries, and what becomes of that
 * decides. Any thread.
 */
final class CircuitBreaker {
    private final int failuresMax;
    private final long openMillis;

    private int failures;
    private boolean open;
    private long triedAt;
    private boolean trying;

    /** @param failuresMax one after the other, after which nobody asks */
    CircuitBreaker(int failuresMax, long openMillis) {
        this.failuresMax = failuresMax;
        this.openMillis = openMillis;
    }

    /** Whether to ask now; who is told so says what came of it. */
    synchronized boolean mayAsk(long now) {
        if (!open) {
            return true;
        }
        if (trying || now < triedAt + openMillis) {
            return false;
        }
        trying = true;
        return true;
    }

    synchronized void succeeded() {
        failures = 0;
        open = false;
        trying = false;
    }

    /** @return whether nobody asks from now on who did before */
    synchronized boolean failed(long now) {
        trying = false;
        failures++;
        if (failures < failuresMax) {
            return false;
        }
        boolean opens = !open;
        open = true;
        triedAt = now;
        return opens;
    }

    synchronized boolean isOpen() {
        return open;
    }
}
