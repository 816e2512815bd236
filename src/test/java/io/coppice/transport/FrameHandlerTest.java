package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FrameHandlerTest {
    private static List<Integer> numbers(RecordingGate.Sink sink) {
        return sink.events.stream()
                .filter(event -> event instanceof Packet.Publish)
                .map(Bytes::number)
                .toList();
    }

    private static List<Integer> upTo(int end) {
        return IntStream.range(0, end).boxed().toList();
    }

    private static byte[] publishes(int count, int size) {
        return Bytes.joined(
                IntStream.range(0, count).mapToObj(i -> Bytes.publish(i, size)).toArray(byte[][]::new));
    }

    @Test
    void aThousandPacketsInOneReadAllArriveInOrder() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.receive(publishes(1000, 20));
        assertThat(numbers(client.sink)).isEqualTo(upTo(1000));
        assertThat(client.counters.packetsReceived(PacketType.PUBLISH)).isEqualTo(1000);
        assertThat(client.counters.messagesReceived(Qos.AT_MOST_ONCE)).isEqualTo(1000);
        client.finish();
    }

    @Test
    void packetsThatComeByteByByteArrive() {
        Embedded client = Embedded.opened();
        for (byte one : Bytes.joined(Bytes.connect(ProtocolVersion.V5), publishes(3, 300), Bytes.PINGREQ)) {
            client.receive(new byte[] {one});
        }
        assertThat(numbers(client.sink)).isEqualTo(upTo(3));
        assertThat(client.sink.events).last().isInstanceOf(Packet.PingReq.class);
        client.finish();
    }

    @Test
    void packetsCutAtEveryPlaceArrive() {
        byte[] all = publishes(4, 150);
        for (int cut = 1; cut < all.length; cut++) {
            Embedded client = Embedded.connected(ProtocolVersion.V5);
            client.receive(java.util.Arrays.copyOf(all, cut));
            client.receive(java.util.Arrays.copyOfRange(all, cut, all.length));
            assertThat(numbers(client.sink)).as("cut at %d", cut).isEqualTo(upTo(4));
            client.finish();
        }
    }

    @Test
    void aConnectionAtRestHoldsNoBuffer() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.receive(publishes(10, 20));
        assertThat(client.gate.bytesHeld()).isZero();
        client.finish();
    }

    @Test
    void anInputThatHasEndedIsNotReadAgain() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.sink.connection.reading(false);
        client.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(client.channel.isOpen()).isTrue();
        client.sink.connection.reading(true);
        client.channel.runPendingTasks();
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(client.channel.config().isAutoRead()).isFalse();
        client.finish();
    }

    /** Between the end of the channel and the word of it, its descriptor may be another's. */
    @Test
    void aClosedChannelIsNotAskedToRead() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.sink.connection.reading(false);
        client.channel.closeFuture().addListener(closed -> client.sink.connection.reading(true));
        client.finish();
        assertThat(client.channel.config().isAutoRead()).isFalse();
    }

    @Test
    void aHeaderAloneDoesNotCostWhatItAnnounces() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        byte[] large = Bytes.publish(0, 1_000_000);
        client.receive(java.util.Arrays.copyOf(large, 10));
        assertThat(client.gate.bytesHeld()).isLessThanOrEqualTo(4096);
        for (int at = 10; at < large.length; at += 10_000) {
            client.receive(java.util.Arrays.copyOfRange(large, at, Math.min(large.length, at + 10_000)));
            assertThat(client.gate.bytesHeld()).isLessThanOrEqualTo(3L * (at + 10_000));
        }
        assertThat(numbers(client.sink)).isEqualTo(upTo(1));
        assertThat(client.gate.bytesHeld()).isZero();
        client.finish();
    }

    @Test
    void whatCameWhileNobodyReadsWaitsAndKeepsItsOrder() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.gate.behaviour = (sink, packet) -> sink.connection.reading(Bytes.number(packet) % 3 != 2);
        byte[] all = publishes(100, 40);
        for (int at = 0; at < all.length; at += 333) {
            client.receive(java.util.Arrays.copyOfRange(all, at, Math.min(all.length, at + 333)));
        }
        assertThat(numbers(client.sink)).isEqualTo(upTo(3));
        assertThat(client.channel.config().isAutoRead()).isFalse();
        for (int step = 0; step < 34; step++) {
            client.sink.connection.reading(true);
            client.channel.runPendingTasks();
        }
        assertThat(numbers(client.sink)).isEqualTo(upTo(100));
        assertThat(client.channel.config().isAutoRead()).isTrue();
        client.finish();
    }

    @Test
    void readingGoesOnOnlyAfterTheCallThatAsksForIt() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.sink.connection.reading(false);
        client.receive(publishes(2, 20));
        client.sink.connection.reading(true);
        assertThat(numbers(client.sink)).isEmpty();
        client.channel.runPendingTasks();
        assertThat(numbers(client.sink)).isEqualTo(upTo(2));
        client.finish();
    }

    @Test
    void packetsBehindConnectWaitForTheAnswer() {
        Embedded client = Embedded.opened();
        client.gate.admitting = false;
        client.receive(Bytes.joined(Bytes.connect(ProtocolVersion.V3_1_1), Bytes.PINGREQ));
        client.receive(Bytes.PINGREQ);
        assertThat(client.sink.events).hasSize(1);
        assertThat(client.channel.config().isAutoRead()).isFalse();
        client.sink.admit((Packet.Connect) Objects.requireNonNull(client.sink.events.poll()));
        client.channel.runPendingTasks();
        assertThat(client.sink.events).hasSize(2).allMatch(event -> event instanceof Packet.PingReq);
        assertThat(client.channel.config().isAutoRead()).isTrue();
        client.finish();
    }

    @Test
    void afterBytesThatAreNoPacketNothingIsReadAndTheReasonIsSaid() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.receive(Bytes.joined(Bytes.PINGREQ, new byte[] {(byte) 0xC1, 0}, Bytes.PINGREQ));
        assertThat(client.sink.events).hasSize(3);
        assertThat(client.sink.events.poll()).isInstanceOf(Packet.PingReq.class);
        assertThat(((ProtocolError) Objects.requireNonNull(client.sink.events.poll())).reasonCode())
                .isEqualTo(ReasonCode.MALFORMED_PACKET);
        assertThat(client.sink.events.poll()).isEqualTo(RecordingGate.CLOSED);
        assertThat(client.sent()).containsExactly(0xE0, 1, 0x81);
        client.finish();
    }

    @Test
    void aRefusedConnectIsAnsweredInTheVersionItClaimed() {
        Embedded client = Embedded.opened();
        client.gate.refusal = (sink, error) -> {
            sink.connection.send(new Packet.ConnAck(false, error.reasonCode(), io.coppice.mqtt.Properties.NONE));
            sink.connection.close();
        };
        byte[] connect = Bytes.connect(ProtocolVersion.V5);
        connect[9] |= 1; // the reserved flag, MQTT-3.1.2-3
        client.receive(connect);
        assertThat(client.sink.connection.claimedVersion()).isEqualTo(ProtocolVersion.V5);
        assertThat(client.sent()).containsExactly(0x20, 3, 0, 0x81, 0);
        client.finish();
    }

    @Test
    void anErrorThatTheSinkThrowsIsHandedBackToIt() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.gate.behaviour = (sink, packet) -> {
            throw new ProtocolError(ReasonCode.TOPIC_ALIAS_INVALID, "no such alias");
        };
        client.receive(publishes(2, 20));
        assertThat(numbers(client.sink)).isEqualTo(upTo(1));
        assertThat(client.sent()).containsExactly(0xE0, 1, 0x94);
        client.finish();
    }

    @Test
    void aFaultOfTheSinkEndsItsConnection() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.gate.behaviour = (sink, packet) -> {
            throw new IllegalStateException("a bug");
        };
        client.receive(publishes(2, 20));
        assertThat(numbers(client.sink)).isEqualTo(upTo(1));
        assertThat(client.sent()).containsExactly(0xE0, 1, 0x83);
        client.finish();
    }

    @Test
    void aFaultWhileRefusingCutsTheConnection() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.gate.refusal = (sink, error) -> {
            throw new IllegalStateException("another bug");
        };
        client.receive(new byte[] {(byte) 0xC1, 0});
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(client.sink.events).last().isEqualTo(RecordingGate.CLOSED);
        client.finish();
    }

    @Test
    void nothingIsReceivedAfterClose() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.gate.behaviour = (sink, packet) -> sink.connection.close();
        client.receive(publishes(3, 20));
        assertThat(numbers(client.sink)).isEqualTo(upTo(1));
        client.finish();
        assertThat(client.sink.events).last().isEqualTo(RecordingGate.CLOSED);
    }

    @Test
    void theEndOfInputComesAfterWhatWasSentBeforeIt() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.gate.behaviour = (sink, packet) -> sink.connection.reading(false);
        client.receive(publishes(2, 20));
        client.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        client.channel.runPendingTasks();
        assertThat(client.channel.isOpen()).isTrue();
        client.gate.behaviour = (sink, packet) -> {};
        client.sink.connection.reading(true);
        client.channel.runPendingTasks();
        assertThat(numbers(client.sink)).isEqualTo(upTo(2));
        assertThat(client.channel.isOpen()).isFalse();
        client.finish();
    }

    @Test
    void closedIsSaidOnce() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.sink.connection.close();
        client.sink.connection.close();
        client.finish();
        assertThat(client.sink.events).containsExactly(RecordingGate.CLOSED);
    }

    @Test
    void bytesAreCountedBothWays() {
        Embedded client = Embedded.connected(ProtocolVersion.V3_1_1);
        long before = client.counters.bytesReceived();
        client.gate.behaviour = (sink, packet) -> sink.sendNow(new Packet.PingResp());
        client.receive(Bytes.PINGREQ);
        assertThat(client.counters.bytesReceived() - before).isEqualTo(2);
        assertThat(client.counters.bytesSent()).isEqualTo(Bytes.CONNACK_3_1_1.length + 2L);
        assertThat(client.counters.packetsSent(PacketType.PINGRESP)).isEqualTo(1);
        client.finish();
    }
}
