package io.coppice.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A little of what {@link FuzzCampaign} does, in each build, without looking at what the code does with it. */
class FuzzTargetsTest {
    private static final int INPUTS = 5_000;

    @ParameterizedTest
    @EnumSource
    void whateverComesIsTakenOrRefused(FuzzTarget target) {
        List<byte[]> seeds = target.seeds();
        assertThat(seeds).isNotEmpty();
        seeds.forEach(seed -> run(target, seed));
        Random random = new Random(target.ordinal());
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = seeds.get(random.nextInt(seeds.size()));
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                input = changed(input, random);
            }
            run(target, input);
        }
    }

    private static void run(FuzzTarget target, byte[] input) {
        try {
            target.run(input);
        } catch (RuntimeException | Error fault) {
            throw new AssertionError(target + " fails with " + HexFormat.of().formatHex(input), fault);
        }
    }

    private static byte[] changed(byte[] input, Random random) {
        int at = random.nextInt(input.length + 1);
        byte[] changed;
        switch (random.nextInt(4)) {
            case 0 -> changed = Arrays.copyOf(input, at);
            case 1 -> {
                changed = Arrays.copyOf(input, input.length + 1);
                System.arraycopy(input, at, changed, at + 1, input.length - at);
                changed[at] = (byte) random.nextInt(256);
            }
            case 2 -> {
                changed = Arrays.copyOf(input, input.length + random.nextInt(20));
                System.arraycopy(input, 0, changed, changed.length - input.length, input.length);
            }
            default -> {
                changed = input.clone();
                if (at < changed.length) {
                    changed[at] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return changed;
    }
}
