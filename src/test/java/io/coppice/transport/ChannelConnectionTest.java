package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import org.junit.jupiter.api.Test;

class ChannelConnectionTest {
    private static final int[] NO_IDENTIFIERS = {};

    private static Packet pubAck(int packetId) {
        return new Packet.PubAck(packetId, ReasonCode.SUCCESS, Properties.NONE);
    }

    private static Message message(int size) {
        return new Message(
                TopicName.of("t"), new byte[size], Qos.AT_MOST_ONCE, false, Properties.NONE, Message.NEVER, "");
    }

    private static void publish(Connection to, Message message) {
        to.sendPublish(message, Qos.AT_MOST_ONCE, false, false, 0, 0, true, NO_IDENTIFIERS);
    }

    @Test
    void nothingLeavesBeforeFlush() {
        Embedded client = Embedded.connected(ProtocolVersion.V3_1_1);
        client.sink.connection.send(new Packet.PingResp());
        assertThat(client.sent()).isEmpty();
        client.sink.connection.flush(client.sink.connection.written());
        assertThat(client.sent()).isEqualTo(Bytes.PINGRESP);
        client.finish();
    }

    @Test
    void manyPacketsLeaveInOneWrite() {
        Embedded client = Embedded.connected(ProtocolVersion.V3_1_1);
        for (int i = 1; i <= 100; i++) {
            client.sink.connection.send(pubAck(i));
        }
        client.sink.connection.flush(client.sink.connection.written());
        assertThat(client.channel.outboundMessages()).hasSize(1);
        assertThat(client.sent()).hasSize(400);
        client.finish();
    }

    @Test
    void aMarkLetsOutWhatWasAppendedBeforeIt() {
        Embedded client = Embedded.connected(ProtocolVersion.V3_1_1);
        Connection connection = client.sink.connection;
        long begin = connection.written();
        connection.send(pubAck(1));
        long first = connection.written();
        connection.send(pubAck(2));
        long second = connection.written();
        assertThat(second - begin).isEqualTo(8);
        connection.flush(begin);
        assertThat(client.sent()).isEmpty();
        connection.flush(first);
        assertThat(client.sent()).containsExactly(0x40, 2, 0, 1);
        connection.send(pubAck(3));
        connection.flush(first);
        assertThat(client.sent()).isEmpty();
        connection.flush(second);
        assertThat(client.sent()).containsExactly(0x40, 2, 0, 2);
        connection.flush(connection.written());
        assertThat(client.sent()).containsExactly(0x40, 2, 0, 3);
        client.finish();
    }

    @Test
    void everyMarkInALongOutputCutsExactly() {
        Embedded client = Embedded.connected(ProtocolVersion.V3_1_1);
        Connection connection = client.sink.connection;
        for (int mark = 1; mark < 40; mark++) {
            long begin = connection.written();
            connection.send(pubAck(1));
            publish(connection, message(10));
            publish(connection, message(9_000));
            connection.send(pubAck(2));
            int size = (int) (connection.written() - begin);
            int cut = size * mark / 40;
            connection.flush(begin + cut);
            byte[] head = client.sent();
            connection.flush(connection.written());
            byte[] rest = client.sent();
            assertThat(head).hasSize(cut);
            assertThat(head.length + rest.length).isEqualTo(size);
            assertThat(Bytes.joined(head, rest)).startsWith(0x40, 2, 0, 1).endsWith(0x40, 2, 0, 2);
        }
        client.finish();
    }

    @Test
    void aLargePayloadIsOneBufferForAllWhoGetIt() {
        Embedded client = Embedded.connected(ProtocolVersion.V5, 100_000);
        Message large = message(20_000);
        publish(client.sink.connection, large);
        publish(client.sink.connection, large);
        publish(client.sink.connection, large);
        assertThat(client.gate.bytesHeld()).isLessThan(21_000);
        client.sink.connection.flush(client.sink.connection.written());
        assertThat(client.sent())
                .hasSize(3 * client.sink.connection.publishSize(large, Qos.AT_MOST_ONCE, NO_IDENTIFIERS));
        client.finish();
    }

    @Test
    void whatAVersionDoesNotHaveIsNotSent() {
        Embedded client = Embedded.connected(ProtocolVersion.V3_1_1);
        long before = client.sink.connection.written();
        client.sink.connection.send(new Packet.Disconnect(ReasonCode.SERVER_BUSY, Properties.NONE));
        assertThat(client.sink.connection.written()).isEqualTo(before);
        assertThat(client.gate.bytesHeld()).isZero();
        client.finish();
    }

    @Test
    void closeSendsEverythingAppended() {
        Embedded client = Embedded.connected(ProtocolVersion.V3_1_1);
        client.sink.connection.send(pubAck(1));
        client.sink.connection.close();
        assertThat(client.sent()).containsExactly(0x40, 2, 0, 1);
        assertThat(client.channel.isOpen()).isFalse();
        client.finish();
    }

    @Test
    void abortDropsWhatWasNotFlushed() {
        Embedded client = Embedded.connected(ProtocolVersion.V3_1_1);
        client.sink.connection.send(pubAck(1));
        long mark = client.sink.connection.written();
        client.sink.connection.send(pubAck(2));
        client.sink.connection.flush(mark);
        client.sink.connection.abort();
        assertThat(client.sent()).containsExactly(0x40, 2, 0, 1);
        assertThat(client.channel.isOpen()).isFalse();
        client.finish();
    }

    @Test
    void aClosedConnectionTakesEverythingAndKeepsNothing() {
        Embedded client = Embedded.connected(ProtocolVersion.V3_1_1);
        Connection connection = client.sink.connection;
        connection.close();
        long written = connection.written();
        connection.send(pubAck(1));
        publish(connection, message(20_000));
        connection.flush(Long.MAX_VALUE);
        connection.reading(false);
        connection.abort();
        assertThat(connection.written()).isEqualTo(written);
        client.finish();
    }

    @Test
    void appendedBytesCountAgainstTheLimit() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        Connection connection = client.sink.connection;
        publish(connection, message(Embedded.OUTPUT_MAX / 2));
        assertThat(connection.writable()).isTrue();
        publish(connection, message(Embedded.OUTPUT_MAX / 2));
        assertThat(connection.writable()).isFalse();
        connection.flush(connection.written());
        client.channel.runPendingTasks();
        assertThat(client.sink.events).containsExactly(RecordingGate.WRITABLE_AGAIN);
        assertThat(connection.writable()).isTrue();
        client.finish();
    }

    @Test
    void drainingIsToldOnce() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        Connection connection = client.sink.connection;
        publish(connection, message(Embedded.OUTPUT_MAX));
        assertThat(connection.writable()).isFalse();
        assertThat(connection.writable()).isFalse();
        connection.flush(connection.written());
        client.channel.runPendingTasks();
        publish(connection, message(10));
        connection.flush(connection.written());
        client.channel.runPendingTasks();
        assertThat(client.sink.events).containsExactly(RecordingGate.WRITABLE_AGAIN);
        client.finish();
    }

    @Test
    void drainingIsToldAlsoWhereTheChannelItselfWasNeverFull() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        Connection connection = client.sink.connection;
        publish(connection, message(Embedded.OUTPUT_MAX / 4));
        long mark = connection.written();
        publish(connection, message(Embedded.OUTPUT_MAX * 4 / 5));
        assertThat(connection.writable()).isFalse();
        connection.flush(mark);
        client.channel.runPendingTasks();
        assertThat(client.sink.events).isEmpty();
        connection.flush(connection.written());
        client.channel.runPendingTasks();
        assertThat(client.sink.events).containsExactly(RecordingGate.WRITABLE_AGAIN);
        client.finish();
    }

    /** Takes writes and never completes them. */
    private static final class StuckNetwork extends ChannelOutboundHandlerAdapter {
        @Override
        public void flush(ChannelHandlerContext context) {
            // A peer that does not read.
        }
    }

    @Test
    void aClientThatReadsNothingAndMakesUsAnswerIsCut() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.channel.pipeline().addFirst(new StuckNetwork());
        Connection connection = client.sink.connection;
        publish(connection, message(Embedded.OUTPUT_MAX));
        connection.flush(connection.written());
        assertThat(connection.writable()).isFalse();
        int answers = 0;
        while (client.channel.isOpen() && answers < Embedded.OUTPUT_MAX) {
            connection.send(new Packet.PingResp());
            connection.flush(connection.written());
            answers++;
        }
        client.channel.runPendingTasks();
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(answers).isBetween(Embedded.OUTPUT_MAX / 2, Embedded.OUTPUT_MAX / 2 + 1);
        assertThat(client.sink.events).containsExactly(RecordingGate.CLOSED);
        client.finish();
    }

    /** Netty counts a message as pending until its last byte is gone; a slow client needs long for a large one. */
    @Test
    void aPartOfAMessageThatTheNetworkHasTakenCountsAsTaken() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        client.channel.pipeline().addFirst(new StuckNetwork());
        ChannelConnection connection = (ChannelConnection) client.sink.connection;
        long before = connection.taken();
        publish(connection, message(Embedded.OUTPUT_MAX));
        connection.flush(connection.written());
        ChannelOutboundBuffer network = client.channel.unsafe().outboundBuffer();
        network.addFlush();
        long head = connection.taken() - before;
        network.removeBytes(1_000);
        assertThat(head).isLessThanOrEqualTo(0);
        assertThat(connection.taken() - before - head).isEqualTo(1_000);
        client.finish();
    }

    @Test
    void outputMemoryIsGivenBackWithEveryFlush() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        for (int turn = 0; turn < 10; turn++) {
            publish(client.sink.connection, message(100 * turn));
            client.sink.connection.flush(client.sink.connection.written());
            ByteBuf piece;
            while ((piece = client.channel.readOutbound()) != null) {
                piece.release();
            }
            client.channel.runPendingTasks();
            assertThat(client.gate.bytesHeld()).isZero();
        }
        client.finish();
    }

    @Test
    void theAddressIsReadable() {
        Embedded client = Embedded.opened();
        assertThat(client.sink.connection.remoteAddress()).isEqualTo("192.0.2.7:4711");
        assertThat(client.sink.connection.remoteHost()).isEqualTo("192.0.2.7");
        assertThat(client.sink.connection.listener()).isEqualTo("mqtt");
        client.finish();
    }
}
