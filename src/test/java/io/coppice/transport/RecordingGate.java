package io.coppice.transport;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.ClientGate;
import io.coppice.port.Connection;
import io.coppice.port.PacketSink;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Lets every client in and keeps what each sends. A CONNECT is answered with CONNACK at once; everything else goes
 * to {@link #behaviour}. Buffers of its connections come from an allocator that counts.
 */
final class RecordingGate implements ClientGate {
    /** What a connection brought, in order: packets, errors, and the words "writable again", "unread" and "closed". */
    static final class Sink implements PacketSink {
        final Connection connection;
        final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        private final RecordingGate gate;

        private Sink(RecordingGate gate, Connection connection) {
            this.gate = gate;
            this.connection = connection;
        }

        @Override
        public void received(Packet packet) {
            events.add(packet);
            if (packet instanceof Packet.Connect connect && gate.admitting) {
                admit(connect);
            } else {
                gate.behaviour.accept(this, packet);
            }
        }

        void admit(Packet.Connect connect) {
            connection.established(connect.version(), Long.MAX_VALUE, true);
            sendNow(new Packet.ConnAck(false, ReasonCode.SUCCESS, Properties.NONE));
        }

        void sendNow(Packet packet) {
            connection.send(packet);
            connection.flush(connection.written());
        }

        @Override
        public void refused(ProtocolError error) {
            events.add(error);
            gate.refusal.accept(this, error);
        }

        @Override
        public void writableAgain() {
            events.add(WRITABLE_AGAIN);
            gate.whenWritableAgain.accept(this);
        }

        @Override
        public void unread(long millis) {
            events.add(UNREAD);
            connection.abort();
        }

        @Override
        public void closed() {
            events.add(CLOSED);
        }
    }

    static final String WRITABLE_AGAIN = "writable again";
    static final String UNREAD = "unread";
    static final String CLOSED = "closed";

    final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    final BlockingQueue<Sink> sinks = new LinkedBlockingQueue<>();
    volatile boolean admitting = true;
    volatile BiConsumer<Sink, Packet> behaviour = (sink, packet) -> {};
    volatile BiConsumer<Sink, ProtocolError> refusal = (sink, error) -> {
        sink.connection.send(new Packet.Disconnect(error.reasonCode(), Properties.NONE));
        sink.connection.close();
    };
    volatile Consumer<Sink> whenWritableAgain = sink -> {};

    @Override
    public PacketSink opened(Connection connection) {
        ((ChannelConnection) connection).channel().config().setAllocator(allocator);
        Sink sink = new Sink(this, connection);
        sinks.add(sink);
        return sink;
    }

    /** Bytes that connections hold in buffers. */
    long bytesHeld() {
        return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
    }
}
