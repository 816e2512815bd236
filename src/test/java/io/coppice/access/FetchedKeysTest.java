package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import io.coppice.config.CoppiceConfig.JwksUrl;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FetchedKeysTest {
    private static final byte[] ONE = Tokens.jwks(Tokens.ec(Curve.P_256, "1"));
    private static final byte[] OTHER = Tokens.jwks(Tokens.ec(Curve.P_256, "2"));

    private final Queue<Consumer<byte @Nullable []>> asked = new ArrayDeque<>();
    private final List<Boolean> told = new ArrayList<>();
    private long now = 1_800_000_000_000L;
    private final FetchedKeys keys = new FetchedKeys(
            asked::add,
            new JwksUrl(
                    "https://keys",
                    "",
                    Duration.ofMinutes(10),
                    Duration.ofSeconds(30),
                    Duration.ofHours(1),
                    Duration.ofSeconds(5),
                    1_000),
            2,
            () -> now);

    private @Nullable KeySet inForce() {
        return keys.inForce(now);
    }

    private void answer(byte @Nullable [] set) {
        asked.remove().accept(set);
    }

    private void renew() {
        keys.renew(inForce(), now, told::add);
    }

    private long figure(String name) {
        return keys.figures().stream()
                .filter(each -> (each.name() + each.labels().getOrDefault("result", "")).equals(name))
                .findFirst()
                .orElseThrow()
                .value()
                .getAsLong();
    }

    @Test
    void theFirstTokensWaitForTheKeys() {
        assertThat(inForce()).isNull();
        renew();
        renew();
        assertThat(asked).hasSize(1);
        assertThat(told).isEmpty();
        answer(ONE);

        assertThat(told).containsExactly(true, true);
        assertThat(inForce()).isNotNull();
        assertThat(figure("mqtt.jwt.fetchessuccess")).isEqualTo(1);
    }

    @Test
    void noMoreTokensWaitThanMay() {
        renew();
        renew();
        renew();

        assertThat(told).containsExactly(false);
    }

    @Test
    void keysAreFetchedAnewBeforeAnybodyMissesThem() {
        keys.refresh();
        answer(ONE);
        KeySet first = inForce();
        now += 599_000;
        keys.refresh();
        assertThat(asked).isEmpty();
        now += 1_000;
        keys.refresh();
        assertThat(asked).hasSize(1);
        assertThat(inForce()).as("until the others are there").isSameAs(first);
        answer(OTHER);

        assertThat(inForce()).isNotSameAs(first);
    }

    @Test
    void keysThatAreUnknownBringAboutAFetchEveryThirtySecondsAtMost() {
        keys.refresh();
        answer(ONE);
        for (int i = 0; i < 100; i++) {
            renew();
        }
        assertThat(asked).isEmpty();
        assertThat(told).hasSize(100).containsOnly(false);
        now += 30_000;
        told.clear();
        renew();
        renew();
        assertThat(asked).hasSize(1);
        answer(OTHER);

        assertThat(told).containsExactly(true, true);
    }

    @Test
    void whoMissedAFetchIsToldThatThereAreOthers() {
        keys.refresh();
        answer(ONE);
        KeySet before = inForce();
        now += 600_000;
        keys.refresh();
        answer(OTHER);
        keys.renew(before, now, told::add);

        assertThat(told).containsExactly(true);
        assertThat(asked).isEmpty();
    }

    @Test
    void keysServeForATimeWhileTheirSourceIsAwayAndThenNoMore() {
        keys.refresh();
        answer(ONE);
        long fetched = now;
        while (now < fetched + 600_000 + 3_600_000 - 30_000) {
            now += 30_000;
            keys.refresh();
            if (!asked.isEmpty()) {
                answer(null);
            }
            assertThat(inForce()).isNotNull();
        }
        now = fetched + 600_000 + 3_600_000;
        assertThat(inForce()).isNull();
        assertThat(figure("mqtt.jwt.keys.age.seconds")).isEqualTo(4_200);
        assertThat(figure("mqtt.jwt.fetchesfailure")).isPositive();
        answer(OTHER);

        assertThat(inForce()).isNotNull();
    }

    @Test
    void whatIsNoSetChangesNothing() {
        keys.refresh();
        answer(ONE);
        KeySet first = inForce();
        now += 600_000;
        renew();
        answer("nonsense".getBytes(java.nio.charset.StandardCharsets.US_ASCII));

        assertThat(told).containsExactly(false);
        assertThat(inForce()).isSameAs(first);
    }

    @Test
    void aSourceThatFailsIsNotAskedAllTheTime() {
        keys.refresh();
        answer(null);
        renew();
        assertThat(told).containsExactly(false);
        assertThat(asked).isEmpty();
        now += 30_000;
        renew();

        assertThat(asked).hasSize(1);
    }
}
