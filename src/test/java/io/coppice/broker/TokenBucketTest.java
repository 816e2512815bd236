package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static int taken(TokenBucket bucket, long now, int attempts) {
        int taken = 0;
        for (int i = 0; i < attempts; i++) {
            taken += bucket.take(now) ? 1 : 0;
        }
        return taken;
    }

    @Test
    void aSecondsWorthMayComeAtOnceAndThenTheRateHolds() {
        TokenBucket bucket = new TokenBucket(10, 1000);

        assertThat(taken(bucket, 1000, 50)).isEqualTo(10);
        assertThat(taken(bucket, 1500, 50)).isEqualTo(5);
        assertThat(taken(bucket, 60_000, 50)).isEqualTo(10);
    }

    @Test
    void itSaysHowLongToWait() {
        TokenBucket bucket = new TokenBucket(3, 0);
        assertThat(bucket.waitMillis(0)).isZero();
        taken(bucket, 0, 3);

        assertThat(bucket.waitMillis(0)).isEqualTo(334);
        assertThat(bucket.take(333)).isFalse();
        assertThat(bucket.take(334)).isTrue();
    }

    @Test
    void noLimitIsNoLimit() {
        TokenBucket bucket = new TokenBucket(0, 0);

        assertThat(taken(bucket, 0, 1000)).isEqualTo(1000);
        assertThat(bucket.waitMillis(0)).isZero();
    }

    @Test
    void aClockThatStandsOrGoesBackGivesNothing() {
        TokenBucket bucket = new TokenBucket(1, 1000);
        bucket.take(1000);

        assertThat(bucket.take(1000)).isFalse();
        assertThat(bucket.take(0)).isFalse();
        assertThat(bucket.take(2000)).isTrue();
    }

    @Test
    void anotherRateHoldsAtOnce() {
        TokenBucket bucket = new TokenBucket(10, 0);
        bucket.change(1, 0);
        assertThat(bucket.take(0)).isTrue();
        assertThat(bucket.take(0)).isFalse();
        assertThat(bucket.take(1_000)).isTrue();
        bucket.change(0, 1_000);
        assertThat(bucket.take(1_000)).isTrue();
        bucket.change(2, 1_000);
        assertThat(bucket.take(1_000)).isTrue();
        assertThat(bucket.take(1_000)).isTrue();
        assertThat(bucket.take(1_000)).isFalse();
    }
}
