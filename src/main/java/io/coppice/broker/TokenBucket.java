package io.coppice.broker;

/** How many events a second are welcome: a second's worth may come at once, then the rate holds. */
final class TokenBucket {
    private int perSecond;
    private long milliTokens;
    private long lastMillis;

    /** @param perSecond 0 for no limit */
    TokenBucket(int perSecond, long now) {
        this.perSecond = perSecond;
        this.milliTokens = perSecond * 1000L;
        this.lastMillis = now;
    }

    /** Another rate holds from now on; what may come at once is no more than before, unless there was no limit. */
    void change(int other, long now) {
        refill(now);
        milliTokens = perSecond == 0 ? other * 1000L : Math.min(milliTokens, other * 1000L);
        lastMillis = now;
        perSecond = other;
    }

    /** Takes one; false when there is none. */
    boolean take(long now) {
        if (perSecond == 0) {
            return true;
        }
        refill(now);
        if (milliTokens < 1000) {
            return false;
        }
        milliTokens -= 1000;
        return true;
    }

    /** Milliseconds until there is one to take, 0 when there is one now. */
    long waitMillis(long now) {
        if (perSecond == 0) {
            return 0;
        }
        refill(now);
        return milliTokens >= 1000 ? 0 : (1000 - milliTokens + perSecond - 1) / perSecond;
    }

    private void refill(long now) {
        if (now > lastMillis) {
            milliTokens = Math.min(perSecond * 1000L, milliTokens + (now - lastMillis) * perSecond);
            lastMillis = now;
        }
    }
}
