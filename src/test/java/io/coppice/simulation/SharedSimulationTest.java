package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.topic.ShareStrategy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SharedSimulationTest {
    private static final int SEEDS = 200;
    private static final int STEPS = 120;
    private static final String SHARE = "$share/g/t/#";

    @Test
    void aSharedMessageGoesToOneMemberAndRepeatsStayInTheGroup() {
        Seeds.each(SEEDS, seed -> new Run(seed).run());
    }

    private static final class Run {
        private final World world;
        private final List<SimClient> members = new ArrayList<>();
        private final SimClient meter;
        private final Map<String, Integer> times = new HashMap<>();
        private final Set<String> acked = new HashSet<>();
        private final Map<Integer, String> open = new HashMap<>();
        private int last;

        Run(long seed) {
            Settings settings = new Settings();
            ShareStrategy[] strategies = ShareStrategy.values();
            settings.shareStrategy = strategies[(int) (seed % strategies.length)];
            settings.inFlightMax = 3;
            settings.queueMemoryMax = seed % 3 == 0 ? Long.MAX_VALUE : seed % 7 * 110;
            world = new World(seed, 3, settings);
            world.store.delayMax = seed % 2 == 0 ? 0 : 20;
            world.registry.delayMax = seed % 3 == 0 ? 0 : 20;
            meter = world.client("meter").persistent().connect(0);
            meter.onPacket = this::answered;
            for (int i = 0; i < 4; i++) {
                SimClient member = world.client("member" + i).persistent().connect(i % 3);
                member.onMessage = message -> times.merge(SimClient.text(message), 1, Integer::sum);
                members.add(member);
            }
            world.pass(100);
            members.forEach(member -> member.subscribe(SHARE, Qos.EXACTLY_ONCE));
            world.pass(100);
        }

        private void answered(Packet packet) {
            if (packet instanceof Packet.PubAck ack) {
                acked.add(open.get(ack.packetId()));
            } else if (packet instanceof Packet.PubRec rec) {
                acked.add(open.get(rec.packetId()));
            }
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                act();
                for (int turns = world.random.nextInt(15); turns > 0; turns--) {
                    world.step();
                }
                if (world.random.nextInt(6) == 0) {
                    world.pass(world.random.nextInt(30));
                }
            }
            for (int round = 0; round < 5; round++) {
                for (SimClient member : members) {
                    member.connection().congested(false);
                    if (!member.isConnected()) {
                        member.connect(world.random.nextInt(3));
                    }
                }
                world.pass(300);
            }
            assertThat(meter.hasOpenMessages()).isFalse();
            for (String payload : acked) {
                int came = times.getOrDefault(payload, 0);
                assertThat(came).as(payload).isGreaterThanOrEqualTo(1);
                if (payload.startsWith("2")) {
                    assertThat(came).as(payload).isEqualTo(1);
                }
            }
            assertThat(world.broker.queuedMessages()).isZero();
            assertThat(world.broker.inFlightMessages()).isZero();
            Inside.requireQuiet(world.broker);
        }

        private void act() {
            SimClient member = members.get(world.random.nextInt(members.size()));
            switch (world.random.nextInt(14)) {
                case 0 -> member.connect(world.random.nextInt(3));
                case 1 -> {
                    if (member.isConnected()) {
                        member.drop();
                    }
                }
                case 2 -> {
                    if (member.isConnected() && member != members.get(0)) {
                        member.unsubscribe(SHARE);
                    }
                }
                case 3, 4 -> {
                    if (member.isConnected()) {
                        member.subscribe(SHARE, Qos.EXACTLY_ONCE);
                    }
                }
                case 5 -> {
                    member.connection().outputMax = 20;
                    member.connection().congested(true);
                }
                case 6 -> member.connection().congested(false);
                default -> publish();
            }
        }

        private void publish() {
            Qos qos = Qos.of(1 + world.random.nextInt(2));
            String payload = qos.code() + ":" + ++last;
            open.put(meter.publish("t/" + world.random.nextInt(3), payload, qos), payload);
        }
    }
}
