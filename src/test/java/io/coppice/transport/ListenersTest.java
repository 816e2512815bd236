package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Counters;
import io.coppice.port.Loop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ListenersTest {
    private static final int[] NO_IDENTIFIERS = {};

    @Test
    void aClientConnectsAndIsAnswered() {
        try (House house = House.tcp();
                Peer peer = house.peer()) {
            house.gate.behaviour = (sink, packet) -> sink.sendNow(new Packet.PingResp());
            assertThat(peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5)).isEqualTo(Bytes.CONNACK_5);
            assertThat(peer.say(Bytes.PINGREQ).hear(2)).isEqualTo(Bytes.PINGRESP);
            RecordingGate.Sink sink = house.nextSink();
            assertThat(sink.connection.remoteAddress()).isEqualTo("127.0.0.1:" + peer.socket.getLocalPort());
            assertThat(sink.connection.remoteHost()).isEqualTo("127.0.0.1");
            assertThat(sink.connection.listener()).isEqualTo("mqtt");
        }
    }

    @Test
    void connectionsAreDealtEvenlyToTheLoops() {
        List<Peer> peers = new ArrayList<>();
        try (House house = House.tcp()) {
            Map<Integer, Integer> byLoop = new TreeMap<>();
            for (int i = 0; i < 32; i++) {
                Peer peer = house.peer();
                peers.add(peer);
                peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
                byLoop.merge(house.nextSink().connection.loop().index(), 1, Integer::sum);
            }
            assertThat(byLoop).containsExactly(Map.entry(0, 16), Map.entry(1, 16));
            assertThat(house.counters).allMatch(counters -> counters.packetsReceived(PacketType.CONNECT) == 16);
        } finally {
            peers.forEach(Peer::close);
        }
    }

    @Test
    void whoSendsWithoutPauseHasOneReadBeforeTheNextOnesTurn() throws Exception {
        int pings = 128 * 1024;
        try (House house = House.tcp();
                Peer flood = house.peer();
                Peer onTheOtherLoop = house.peer();
                Peer bystander = house.peer()) {
            List<RecordingGate.Sink> sinks = new ArrayList<>();
            for (Peer peer : List.of(flood, onTheOtherLoop, bystander)) {
                peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            }
            for (int i = 0; i < 3; i++) {
                sinks.add(house.nextSink());
            }
            RecordingGate.Sink flooding = sinkOf(flood, sinks);
            assertThat(sinkOf(bystander, sinks).connection.loop()).isSameAs(flooding.connection.loop());
            AtomicInteger handled = new AtomicInteger();
            CompletableFuture<Integer> before = new CompletableFuture<>();
            house.gate.behaviour = (sink, packet) -> {
                if (sink == flooding) {
                    handled.incrementAndGet();
                } else {
                    before.complete(handled.get());
                }
            };
            CountDownLatch sent = new CountDownLatch(1);
            flooding.connection.loop().execute(() -> awaitQuietly(sent));
            flood.say(pingReqs(pings));
            bystander.say(Bytes.PINGREQ);
            sent.countDown();
            assertThat(before.get(10, TimeUnit.SECONDS)).isLessThan(pings / 2);
        }
    }

    private static RecordingGate.Sink sinkOf(Peer peer, List<RecordingGate.Sink> sinks) {
        String address = "127.0.0.1:" + peer.socket.getLocalPort();
        return sinks.stream()
                .filter(sink -> sink.connection.remoteAddress().equals(address))
                .findFirst()
                .orElseThrow();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] pingReqs(int count) {
        byte[] bytes = new byte[2 * count];
        for (int i = 0; i < bytes.length; i += 2) {
            bytes[i] = Bytes.PINGREQ[0];
        }
        return bytes;
    }

    @Test
    void eachListenerHasAPortOfItsOwnAndItsName() {
        try (House house = House.of(ListenerSpec.tcp("one", "127.0.0.1", 0), ListenerSpec.tcp("two", "127.0.0.1", 0));
                Peer two = new Peer(house.bound().get(1).port())) {
            assertThat(house.bound())
                    .extracting(Listeners.Bound::port)
                    .doesNotHaveDuplicates()
                    .allMatch(p -> p > 0);
            assertThat(house.bound().get(1).address())
                    .isEqualTo("127.0.0.1:" + house.bound().get(1).port());
            two.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            assertThat(house.nextSink().connection.listener()).isEqualTo("two");
        }
    }

    @Test
    void aPortThatIsTakenFailsTheStart() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> House.of(
                            ListenerSpec.tcp("free", "127.0.0.1", 0), ListenerSpec.tcp("mqtt", "127.0.0.1", port)))
                    .hasMessageContaining("Address already in use");
        }
    }

    @Test
    void afterStopAcceptingNobodyComesAndWhoIsThereStays() {
        try (House house = House.tcp();
                Peer peer = house.peer()) {
            house.gate.behaviour = (sink, packet) -> sink.sendNow(new Packet.PingResp());
            peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            House.await(house.listeners.stopAccepting());
            assertThatThrownBy(house::peer).hasMessageContaining("refused");
            assertThat(peer.say(Bytes.PINGREQ).hear(2)).isEqualTo(Bytes.PINGRESP);
        }
    }

    @Test
    void closingCutsEveryConnectionAndTellsTheSinks() {
        try (House house = House.tcp();
                Peer connected = house.peer();
                Peer silent = house.peer()) {
            connected.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            List<RecordingGate.Sink> sinks = List.of(house.nextSink(), house.nextSink());
            House.await(house.listeners.close());
            assertThat(sinks).allSatisfy(sink -> assertThat(sink.events).last().isEqualTo(RecordingGate.CLOSED));
            assertThat(connected.hearsTheEnd()).isTrue();
            assertThat(silent.hearsTheEnd()).isTrue();
        }
    }

    @Test
    void whoSaysNothingIsClosedAfterTheConnectTimeout() {
        try (House house = House.of(100, ListenerSpec.tcp("mqtt", "127.0.0.1", 0));
                Peer silent = house.peer();
                Peer half = house.peer().say(new byte[] {0x10, 60, 0})) {
            assertThat(silent.hearAll()).isEmpty();
            assertThat(half.hearsTheEnd()).isTrue();
            assertThat(House.nextEvent(house.nextSink())).isEqualTo(RecordingGate.CLOSED);
        }
    }

    @Test
    void whoIsEstablishedOutlivesTheConnectTimeout() {
        try (House house = House.of(100, ListenerSpec.tcp("mqtt", "127.0.0.1", 0));
                Peer established = house.peer()) {
            house.gate.behaviour = (sink, packet) -> sink.sendNow(new Packet.PingResp());
            established.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            try (Peer later = house.peer()) {
                // When its time is over, that of the earlier one would long have been.
                assertThat(later.hearAll()).isEmpty();
            }
            assertThat(established.say(Bytes.PINGREQ).hear(2)).isEqualTo(Bytes.PINGRESP);
        }
    }

    @Test
    void theReasonOfAnEndArrivesEvenIfMoreWasSentThanRead() {
        try (House house = House.tcp();
                Peer peer = house.peer()) {
            peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            peer.say(new byte[] {(byte) 0xC1, 0}, new byte[200_000]);
            assertThat(peer.hearAll()).containsExactly(0xE0, 1, 0x81);
        }
    }

    @Test
    void answersToAClientThatHasEndedItsSideStillArrive() throws IOException {
        try (House house = House.tcp();
                Peer peer = house.peer()) {
            house.gate.behaviour =
                    (sink, packet) -> sink.connection.loop().execute(() -> sink.sendNow(new Packet.PingResp()));
            peer.say(Bytes.connect(ProtocolVersion.V3_1_1), Bytes.PINGREQ);
            peer.socket.shutdownOutput();
            assertThat(peer.hearAll()).isEqualTo(Bytes.joined(Bytes.CONNACK_3_1_1, Bytes.PINGRESP));
        }
    }

    @Test
    void aClientThatGoesIsNoticed() throws IOException {
        try (House house = House.tcp()) {
            try (Peer inOrder = house.peer()) {
                inOrder.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            }
            RecordingGate.Sink sink = house.nextSink();
            House.nextEvent(sink);
            assertThat(House.nextEvent(sink)).isEqualTo(RecordingGate.CLOSED);
            try (Peer abrupt = house.peer()) {
                abrupt.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
                abrupt.socket.setSoLinger(true, 0);
            }
            sink = house.nextSink();
            House.nextEvent(sink);
            assertThat(House.nextEvent(sink)).isEqualTo(RecordingGate.CLOSED);
        }
    }

    /** Its side stays open, and for a long time nobody would be cut. */
    @Test
    void whoWantsNothingMoreOrWasToldNothingIsNotWaitedFor() {
        try (House house = House.patient();
                Peer leaving = house.peer()) {
            house.gate.behaviour = (sink, packet) -> sink.connection.close();
            house.gate.refusal = (sink, error) -> sink.connection.close();
            leaving.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            RecordingGate.Sink left = house.nextSink();
            House.nextEvent(left);
            leaving.say(new byte[] {(byte) 0xE0, 0});
            assertThat(House.nextEvent(left)).isInstanceOf(Packet.Disconnect.class);
            assertThat(House.nextEvent(left)).isEqualTo(RecordingGate.CLOSED);
            try (Peer stranger = house.peer()) {
                stranger.say(new byte[2]);
                RecordingGate.Sink refused = house.nextSink();
                assertThat(House.nextEvent(refused)).isInstanceOf(ProtocolError.class);
                assertThat(House.nextEvent(refused)).isEqualTo(RecordingGate.CLOSED);
            }
        }
    }

    @Test
    void aFaultOfOneSinkLeavesTheOthersAlone() {
        try (House house = House.tcp();
                Peer bad = house.peer();
                Peer good = house.peer()) {
            bad.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            good.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            house.gate.behaviour = (sink, packet) -> {
                if (packet instanceof Packet.Publish) {
                    throw new IllegalStateException("a bug");
                }
                sink.sendNow(new Packet.PingResp());
            };
            bad.say(Bytes.publish(1, 10));
            assertThat(bad.hearAll()).containsExactly(0xE0, 1, 0x83);
            assertThat(good.say(Bytes.PINGREQ).hear(2)).isEqualTo(Bytes.PINGRESP);
        }
    }

    @Test
    void aPausedClientIsNotReadAndLosesNothing() {
        try (House house = House.tcp();
                Peer peer = house.peer()) {
            peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            RecordingGate.Sink sink = house.nextSink();
            House.nextEvent(sink);
            house.gate.behaviour = (to, packet) -> to.connection.reading(Bytes.number(packet) % 100 != 99);
            byte[][] all = new byte[2_000][];
            for (int i = 0; i < all.length; i++) {
                all[i] = Bytes.publish(i, 200);
            }
            peer.say(all);
            for (int i = 0; i < all.length; i++) {
                assertThat(Bytes.number(House.nextEvent(sink))).isEqualTo(i);
                if (i % 100 == 99) {
                    assertThat(sink.events).isEmpty();
                    House.onLoop(sink, () -> sink.connection.reading(true));
                }
            }
        }
    }

    @Test
    void aSlowReaderIsBoundedAndGoesOnWhereItStopped() {
        try (House house = House.tcp();
                Peer peer = new Peer(house.port(), 4096)) {
            peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            RecordingGate.Sink sink = house.nextSink();
            House.nextEvent(sink);
            Message message = new Message(
                    TopicName.of("t"), new byte[1000], Qos.AT_MOST_ONCE, false, Properties.NONE, Message.NEVER, "");
            AtomicLong sent = new AtomicLong();
            Runnable fill = () -> {
                while (sink.connection.writable()) {
                    for (int i = 0; i < 10; i++) {
                        sink.connection.sendPublish(
                                message, Qos.AT_MOST_ONCE, false, false, 0, 0, true, NO_IDENTIFIERS);
                        sent.incrementAndGet();
                    }
                    sink.connection.flush(sink.connection.written());
                }
            };
            // The first rounds fill the system's own buffers, which take megabytes.
            House.onLoop(sink, fill);
            assertThat(house.gate.bytesHeld()).isLessThan(2L * House.OUTPUT_MAX);
            assertThat(sink.events).isEmpty();
            int size = sink.connection.publishSize(message, Qos.AT_MOST_ONCE, NO_IDENTIFIERS);
            peer.hear((int) (sent.get() * size));
            assertThat(House.nextEvent(sink)).isEqualTo(RecordingGate.WRITABLE_AGAIN);
            assertThat(sink.events).isEmpty();
        }
    }

    @Test
    void aClientThatReadsNothingWhileMoreWaitsIsToldOfAndItsEndComes() {
        try (House house = House.tcp();
                Peer peer = new Peer(house.port(), 4096)) {
            peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            RecordingGate.Sink sink = house.nextSink();
            House.nextEvent(sink);
            Message message = new Message(
                    TopicName.of("t"), new byte[1000], Qos.AT_MOST_ONCE, false, Properties.NONE, Message.NEVER, "");
            House.onLoop(sink, () -> {
                while (sink.connection.writable()) {
                    sink.connection.sendPublish(message, Qos.AT_MOST_ONCE, false, false, 0, 0, true, NO_IDENTIFIERS);
                    sink.connection.flush(sink.connection.written());
                }
            });
            assertThat(House.nextEvent(sink)).isEqualTo(RecordingGate.UNREAD);
            assertThat(House.nextEvent(sink)).isEqualTo(RecordingGate.CLOSED);
            assertThat(house.counters.stream()
                            .mapToLong(Counters::sendsTimedOut)
                            .sum())
                    .isEqualTo(1);
        }
    }

    @Test
    void aClientThatDoesNotReadItsEndIsCut() {
        try (House house = House.tcp();
                Peer peer = new Peer(house.port(), 4096)) {
            peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            RecordingGate.Sink sink = house.nextSink();
            House.nextEvent(sink);
            House.onLoop(sink, () -> {
                Message message = new Message(
                        TopicName.of("t"),
                        new byte[100_000],
                        Qos.AT_MOST_ONCE,
                        false,
                        Properties.NONE,
                        Message.NEVER,
                        "");
                while (sink.connection.writable()) {
                    sink.connection.sendPublish(message, Qos.AT_MOST_ONCE, false, false, 0, 0, true, NO_IDENTIFIERS);
                    sink.connection.flush(sink.connection.written());
                }
                sink.connection.close();
            });
            assertThat(House.nextEvent(sink)).isEqualTo(RecordingGate.CLOSED);
        }
    }

    @Test
    void aTurnHasOneTimeAndItNeverGoesBack() {
        try (House house = House.tcp()) {
            Loop loop = house.listeners.loops().get(0);
            long before = System.currentTimeMillis() - 1000;
            assertThat(loop.index()).isZero();
            assertThat(loop.now()).isBetween(before, before + 100_000);
            List<Long> times = new ArrayList<>();
            java.util.concurrent.CompletableFuture<Void> done = new java.util.concurrent.CompletableFuture<>();
            loop.execute(() -> {
                times.add(loop.now());
                long end = System.nanoTime() + 5_000_000;
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                times.add(loop.now());
                loop.after(5, () -> {
                    times.add(loop.now());
                    done.complete(null);
                });
            });
            done.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS).join();
            assertThat(times.get(1)).isEqualTo(times.get(0));
            assertThat(times.get(2)).isGreaterThanOrEqualTo(times.get(1) + 5);
        }
    }
}
