package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.simulation.Settings;
import io.coppice.simulation.SimLoop;
import io.coppice.simulation.World;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TimingWheelTest {
    private final World world = new World(1, 1, new Settings());
    private final SimLoop loop = world.loops.get(0);
    private final TimingWheel wheel = new TimingWheel(loop);
    private final List<String> fired = new ArrayList<>();
    private long begin;

    @BeforeEach
    void begin() {
        begin = world.now();
    }

    private TimingWheel.Timer timer(String name) {
        return new TimingWheel.Timer(() -> fired.add(name + "@" + (world.now() - begin)));
    }

    @Test
    void aTimerFiresOnceUpToOneTickLateAndNeverEarly() {
        wheel.set(timer("a"), begin + 250);
        world.pass(10_000);

        assertThat(fired).containsExactly("a@300");
        assertThat(wheel.size()).isZero();
    }

    @Test
    void aTimerThatIsOverdueFiresWithTheNextTick() {
        wheel.set(timer("a"), begin - 5000);
        world.pass(1000);

        assertThat(fired).containsExactly("a@100");
    }

    @Test
    void aTimerMayBeFurtherAwayThanTheWheelIsRound() {
        wheel.set(timer("a"), begin + 500_000);
        world.pass(499_900);
        assertThat(fired).isEmpty();
        world.pass(200);

        assertThat(fired).containsExactly("a@500000");
    }

    @Test
    void aTimerThatIsCancelledOrMovedDoesNotFireWhereItWas() {
        TimingWheel.Timer cancelled = timer("cancelled");
        TimingWheel.Timer moved = timer("moved");
        wheel.set(cancelled, begin + 200);
        wheel.set(moved, begin + 200);
        wheel.set(timer("third"), begin + 200);
        wheel.cancel(cancelled);
        wheel.cancel(cancelled);
        wheel.set(moved, begin + 700);
        world.pass(2000);

        assertThat(fired).containsExactly("third@200", "moved@700");
    }

    @Test
    void anActionMayCancelAnotherTimerThatIsDueInTheSameTick() {
        TimingWheel.Timer[] both = new TimingWheel.Timer[2];
        for (int i = 0; i < 2; i++) {
            TimingWheel.Timer[] all = both;
            int other = 1 - i;
            both[i] = new TimingWheel.Timer(() -> {
                fired.add("one");
                wheel.cancel(all[other]);
            });
            wheel.set(both[i], begin + 100);
        }
        world.pass(1000);

        assertThat(fired).containsExactly("one");
    }

    @Test
    void anActionMaySetItsTimerAgain() {
        TimingWheel.Timer[] self = new TimingWheel.Timer[1];
        self[0] = new TimingWheel.Timer(() -> {
            fired.add("" + (world.now() - begin));
            if (fired.size() < 3) {
                wheel.set(self[0], world.now() + 1);
            }
        });
        wheel.set(self[0], begin + 100);
        world.pass(1000);

        assertThat(fired).containsExactly("100", "200", "300");
    }

    @Test
    void anActionThatFailsTakesNoOthersTurn() {
        wheel.set(timer("a"), begin + 100);
        wheel.set(
                new TimingWheel.Timer(() -> {
                    throw new IllegalStateException("a bug");
                }),
                begin + 100);
        wheel.set(timer("b"), begin + 100);
        wheel.set(timer("c"), begin + 150);
        assertThatThrownBy(() -> world.pass(1000)).hasStackTraceContaining("a bug");
        world.pass(1000);

        assertThat(fired).extracting(text -> text.charAt(0)).containsExactlyInAnyOrder('a', 'b', 'c');
        assertThat(wheel.size()).isZero();
    }

    @Test
    void theLoopIsAskedForOneTickAtATimeAndForNoneWithoutTimers() {
        int sweeps = loop.timers();
        wheel.set(timer("a"), begin + 300);
        wheel.set(timer("b"), begin + 400);
        assertThat(loop.timers()).isEqualTo(sweeps + 1);
        world.pass(900);
        assertThat(loop.timers()).isEqualTo(sweeps);
        wheel.set(timer("c"), world.now() + 100);
        world.pass(200);

        assertThat(fired).containsExactly("a@300", "b@400", "c@1000");
    }
}
