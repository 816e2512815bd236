package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Inside;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each connection leaves a will of its own; the rules of MQTT 5, 3.1.2.5 say which of them are published. */
class WillSimulationTest {
    private static final int SEEDS = 300;
    private static final int ROUNDS = 15;

    @Test
    void everyWillIsPublishedExactlyOnceOrNeverAsTheRulesSay() {
        Seeds.each(SEEDS, seed -> new Run(seed).run());
    }

    private static final class Run {
        private final World world;
        private final SimClient lamp;
        private final SimClient watcher;
        private final List<String> due = new ArrayList<>();

        /** The will that waits while its client is away, and when it and its session are over. */
        private String waiting;

        private long dueAt;
        private boolean connected;
        private long delay;
        private long expiry;
        private String name;

        Run(long seed) {
            world = new World(seed, 3, new Settings());
            world.store.delayMax = seed % 2 == 0 ? 0 : 20;
            world.registry.delayMax = seed % 3 == 0 ? 0 : 20;
            lamp = world.client("lamp");
            watcher = world.client("watcher").connect(0);
            world.pass(100);
            watcher.subscribe("will", Qos.EXACTLY_ONCE);
            world.pass(100);
        }

        void run() {
            for (int round = 0; round < ROUNDS; round++) {
                if (!connected || world.random.nextInt(3) == 0) {
                    connect(round);
                } else {
                    leave();
                }
                // never near a deadline, which are whole seconds from the last change
                world.pass(500 + 1000L * world.random.nextInt(8));
                ripen();
            }
            if (connected) {
                lamp.drop();
                gone(true);
            }
            world.pass(60_000);
            ripen();
            assertThat(watcher.payloads()).containsExactlyElementsOf(due);
            assertThat(Inside.timers(world.broker)).isZero();
            assertThat(world.broker.sessions()).isEqualTo(1);
            assertThat(world.store.fenced).isEmpty();
        }

        private void ripen() {
            if (waiting != null && world.now() >= dueAt) {
                publish();
            }
        }

        private void publish() {
            due.add(waiting);
            waiting = null;
        }

        private void connect(int round) {
            boolean clean = world.random.nextInt(3) == 0;
            if (connected) {
                gone(true);
            }
            if (waiting != null) {
                if (clean || world.now() >= dueAt) {
                    publish();
                } else {
                    waiting = null; // back in time
                }
            }
            delay = world.random.nextInt(3) == 0 ? 0 : 1 + world.random.nextInt(6);
            expiry = world.random.nextInt(4) == 0 ? 0 : 1 + world.random.nextInt(6);
            name = "will " + round;
            lamp.cleanStart = clean;
            lamp.expiry = expiry;
            lamp.will = new Will(
                    TopicName.of("will"),
                    name.getBytes(StandardCharsets.UTF_8),
                    Qos.AT_LEAST_ONCE,
                    false,
                    Properties.NONE,
                    delay,
                    -1);
            lamp.connect(world.random.nextInt(3));
            world.pass(200);
            connected = true;
        }

        private void leave() {
            switch (world.random.nextInt(3)) {
                case 0 -> {
                    lamp.disconnect();
                    gone(false);
                }
                case 1 -> {
                    lamp.disconnect(ReasonCode.DISCONNECT_WITH_WILL, Properties.NONE);
                    gone(true);
                }
                default -> {
                    lamp.drop();
                    gone(true);
                }
            }
        }

        /** The connection has ended; a will that waits is due at the end of its delay or of its session. */
        private void gone(boolean willStands) {
            connected = false;
            if (willStands) {
                waiting = name;
                dueAt = world.now() + 1000 * Math.min(delay, expiry);
                ripen();
            }
        }
    }
}
