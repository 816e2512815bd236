package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Books;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Counters.Onward;
import io.coppice.port.Counters.Source;
import io.coppice.session.DropReason;
import io.coppice.session.Overflow;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The books of a node say how often a message was somebody's to get, and they balance, whatever clients do. */
class BooksTest {
    private static final int SEEDS = 400;
    private static final int STEPS = 80;

    /** Of all seeds together: what happened in none of them was not tested. */
    private final Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);

    private final Map<Source, Long> due = new EnumMap<>(Source.class);
    private final Map<Onward, Long> handedOn = new EnumMap<>(Onward.class);

    @Test
    void whatWasPublishedTimesItsMatchesIsInTheBooksAndTheyBalance() {
        Seeds.each(SEEDS, seed -> add(new Run(seed).run()));
        if (Long.getLong("coppice.seed") == null) {
            assertThat(due).containsOnlyKeys(Source.MATCH, Source.NONE, Source.RETAINED, Source.MEMBER, Source.SESSION);
            assertThat(handedOn).containsOnlyKeys(Onward.MEMBER, Onward.SESSION);
            assertThat(dropped)
                    .containsKeys(
                            DropReason.NO_SUBSCRIBERS,
                            DropReason.QUEUE_FULL,
                            DropReason.EXPIRED,
                            DropReason.TOO_LARGE,
                            DropReason.SLOW_READER,
                            DropReason.OFFLINE,
                            DropReason.LOOP_BACKLOG,
                            DropReason.SESSION_ENDED,
                            DropReason.UNACKNOWLEDGED,
                            DropReason.RECEIVE_MAXIMUM,
                            DropReason.PROTOCOL_ERROR);
        }
    }

    private void add(Books books) {
        for (DropReason reason : DropReason.values()) {
            note(dropped, reason, books.dropped(reason));
        }
        for (Source source : Source.values()) {
            note(due, source, books.due(source));
        }
        for (Onward to : Onward.values()) {
            note(handedOn, to, books.handedOn(to));
        }
    }

    private static <K> void note(Map<K, Long> all, K key, long count) {
        if (count > 0) {
            all.merge(key, count, Long::sum);
        }
    }

    private static final class Run {
        private final World world;
        /** These subscribe all the time, whether they are there or not. */
        private final List<SimClient> steady = new ArrayList<>();
        /** These are one subscriber together. */
        private final List<SimClient> members = new ArrayList<>();
        /** Its session ends with its connection. */
        private final SimClient fickle;

        private final SimClient publisher;
        private long matches;
        private long nobodys;

        Run(long seed) {
            Settings settings = new Settings();
            settings.queueMessagesMax = 1 + (int) (seed % 5);
            settings.queueMemoryMax = seed % 5 == 0 ? Long.MAX_VALUE : seed % 3 * 110;
            settings.overflow = Overflow.values()[(int) (seed % 3)];
            settings.inFlightMax = 1 + (int) (seed % 3);
            settings.receiveMaximum = 3;
            settings.loopBacklogMax = seed % 4 == 0 ? 2 : 1000;
            world = new World(seed, 3, settings);
            world.store.delayMax = seed % 2 == 0 ? 0 : 20;
            for (int i = 0; i < 4; i++) {
                SimClient reader = world.client("steady" + i).persistent();
                reader.acknowledges = i > 0;
                reader.maximumPacketSize = i == 1 ? 12 : -1;
                reader.connect(i % 3);
                steady.add(reader);
            }
            for (int i = 0; i < 3; i++) {
                members.add(world.client("member" + i).persistent().connect(i));
            }
            fickle = world.client("fickle").connect(0);
            fickle.acknowledges = seed % 2 == 0;
            publisher = world.client("publisher").connect(0);
            world.pass(200);
            steady.forEach(reader -> reader.subscribe("t/#", Qos.of(steady.indexOf(reader) % 3)));
            members.forEach(member -> member.subscribe("$share/g/t/#", Qos.AT_LEAST_ONCE));
            fickle.subscribe("t/+", Qos.AT_LEAST_ONCE);
            world.pass(200);
        }

        Books run() {
            for (int i = 0; i < STEPS; i++) {
                step();
                world.pass(100);
            }
            for (SimClient each : steady) {
                each.connection().congested(false);
            }
            world.pass(1000);
            Inside.requireQuiet(world.broker);
            Books books = Books.of(List.of(world.broker));
            assertThat(books.due(Source.MATCH)).as("received times matches").isEqualTo(matches);
            assertThat(books.due(Source.NONE)).as("nobody's").isEqualTo(nobodys);
            return books;
        }

        private void step() {
            List<SimClient> readers = new ArrayList<>(steady);
            readers.addAll(members);
            readers.add(fickle);
            SimClient one = readers.get(world.random.nextInt(readers.size()));
            switch (world.random.nextInt(12)) {
                case 0, 1 -> comeOrGo(one);
                case 2 -> one.connect(world.random.nextInt(3)); // taken over, from wherever it was
                case 3 -> {
                    one.connection().outputMax = 30;
                    one.connection().congested(true);
                }
                case 4 -> one.connection().congested(false);
                case 5 -> {
                    publish("u/1");
                    nobodys++;
                }
                case 6 -> breakARule();
                default -> {
                    for (int left = 1 + world.random.nextInt(3); left > 0; left--) {
                        matches += steady.size() + 1 + (fickle.isConnected() ? 1 : 0);
                        publish("t/" + world.random.nextInt(3));
                    }
                }
            }
            world.pass(100);
            if (one == fickle && fickle.isConnected()) {
                fickle.subscribe("t/+", Qos.AT_LEAST_ONCE);
            }
        }

        private void publish(String topic) {
            if (!publisher.isConnected()) {
                publisher.connect(world.random.nextInt(3));
                world.pass(100);
            }
            long expiry = world.random.nextInt(4) == 0 ? 1 : -1;
            boolean retain = world.random.nextInt(5) == 0;
            String payload = "x".repeat(world.random.nextInt(8));
            publisher.publish(topic, payload, Qos.of(world.random.nextInt(3)), retain, expiry, Properties.NONE);
        }

        /** Either the publisher uses an alias that was never set, or it has more unanswered than it may. */
        private void breakARule() {
            SimClient rude = world.client("rude").connect(0);
            world.pass(100);
            if (world.random.nextBoolean()) {
                rude.send(new Packet.Publish(
                        false, Qos.AT_MOST_ONCE, false, null, 0, 7, -1, Properties.NONE, new byte[0]));
                nobodys++;
            } else {
                rude.connection().congested(true); // it hears no answer, so it releases nothing
                for (int packetId = 1; packetId <= 4; packetId++) {
                    rude.send(new Packet.Publish(
                            false,
                            Qos.EXACTLY_ONCE,
                            false,
                            TopicName.of("u/2"),
                            packetId,
                            0,
                            -1,
                            Properties.NONE,
                            new byte[0]));
                    nobodys++;
                }
            }
        }

        private void comeOrGo(SimClient reader) {
            if (!reader.isConnected()) {
                reader.connect(world.random.nextInt(3));
            } else if (world.random.nextBoolean()) {
                reader.drop();
            } else {
                reader.disconnect();
            }
        }
    }
}
