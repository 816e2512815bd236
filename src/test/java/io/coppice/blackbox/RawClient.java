package io.coppice.blackbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * A client that sends whatever it is told, and holds the server to the standard in whatever it answers. It blocks, is
 * used by one thread, and answers nothing on its own. Whatever is expected must come within five seconds, unless
 * {@link #within} says otherwise. See the package for a guide.
 */
public final class RawClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final AtomicInteger MARKERS = new AtomicInteger();

    private final Version version;
    private final Line line;
    private final Set<String> oldMarkers = new HashSet<>();
    private Duration patience = PATIENCE;
    private int lastId = 1000;
    private Received connack;

    private RawClient(Version version, Link link) {
        this.version = version;
        this.line = new Line(link, version);
    }

    static RawClient open(Transport transport, int port, Version version) {
        try {
            return new RawClient(version, transport.open(port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Version version() {
        return version;
    }

    /** From now on, what is expected must come within this time. */
    public RawClient within(Duration time) {
        patience = time;
        return this;
    }

    // Sending

    /** Sends packets, each as a write, or a WebSocket frame, of its own. */
    public RawClient send(Sendable... packets) {
        for (Sendable packet : packets) {
            line.write(noted(packet));
        }
        return this;
    }

    /** Sends bytes, each array as a write, or a WebSocket frame, of its own. */
    public RawClient send(byte[]... units) {
        for (byte[] unit : units) {
            line.sending(unit);
            line.write(unit);
        }
        return this;
    }

    /** Sends packets in one write, or one WebSocket frame. */
    public RawClient sendTogether(Sendable... packets) {
        ByteWriter all = new ByteWriter();
        for (Sendable packet : packets) {
            all.raw(noted(packet));
        }
        line.write(all.bytes());
        return this;
    }

    /** Sends a packet in writes, or WebSocket frames, of at most {@code chunk} bytes. */
    public RawClient sendSplit(int chunk, Sendable packet) {
        byte[] bytes = noted(packet);
        for (int from = 0; from < bytes.length; from += chunk) {
            line.write(Arrays.copyOfRange(bytes, from, Math.min(from + chunk, bytes.length)));
        }
        return this;
    }

    private byte[] noted(Sendable packet) {
        if (packet instanceof Connect connect && !line.isAccepted()) {
            line.declare(connect);
        }
        byte[] bytes = packet.bytes();
        line.sending(bytes);
        return bytes;
    }

    // Expecting

    /** The very next packet, which must be of this type. */
    public Received expect(PacketType type) {
        Received packet = next(type.name()).orElseThrow(() -> line.failure("expected " + type + ", but it closed"));
        if (packet.type() != type) {
            throw line.failure("expected " + type + ", but " + packet + " came");
        }
        return packet;
    }

    /** The very next packet, whatever it is. */
    public Received nextPacket() {
        return next("any packet").orElseThrow(() -> line.failure("expected a packet, but it closed"));
    }

    /** The first packet of this type; others that come before it stay to be expected. */
    public Received await(PacketType type) {
        return line.first(packet -> packet.type() == type, deadline(), type.name())
                .orElseThrow(() -> line.failure("awaited " + type + ", but it closed"));
    }

    /** Proves that nothing is on its way to this client by what the server has done so far for this connection. */
    public void expectNothing() {
        send(Packets.pingreq());
        expect(PacketType.PINGRESP);
    }

    /** As {@link #expectNothingFrom(RawClient, int)} with QoS 1. */
    public void expectNothingFrom(RawClient publisher) {
        expectNothingFrom(publisher, 1);
    }

    /**
     * Proves that nothing that {@code publisher} has sent reaches this client: a marker published behind it arrives
     * next. Acknowledgements for {@code publisher} stay to be expected there.
     *
     * @param qos 0 or 1: the marker's, at least that of what must not come, so that the marker does not overtake it
     */
    public void expectNothingFrom(RawClient publisher, int qos) {
        String marker = "marker/" + MARKERS.incrementAndGet();
        subscribe(marker, qos);
        publisher.publish(Packets.publish(publisher.version, marker).qos(qos));
        Received came = receive();
        if (!came.topic().equals(marker)) {
            throw line.failure("expected nothing, but " + came + " came");
        }
        oldMarkers.add(marker);
        int id = nextId();
        send(Packets.unsubscribe(version, id).filter(marker));
        await(PacketType.UNSUBACK);
    }

    /** Nothing comes for this long: what a server may not do on its own, or time that has to pass. */
    public void expectNothingFor(Duration time) {
        line.silence(System.nanoTime() + time.toNanos());
    }

    /**
     * The server closes, and sends nothing before it. It may say why if reasons are given: in CONNACK as long as there
     * was none, later, in version 5, in DISCONNECT.
     */
    public void expectClosed(int... reasons) {
        PacketType farewell = line.isAccepted() ? PacketType.DISCONNECT : PacketType.CONNACK;
        next("close").ifPresent(packet -> {
            if (reasons.length == 0 || packet.type() != farewell) {
                throw line.failure("expected the server to close, but " + packet + " came");
            }
            expectReason(packet, reasons);
            expectClosed();
        });
    }

    /** Version 5: the server sends DISCONNECT with one of these reason codes, and closes. */
    public Received expectDisconnect(int... reasons) {
        Received packet = expect(PacketType.DISCONNECT);
        expectReason(packet, reasons);
        expectClosed();
        return packet;
    }

    /** {@link #expectDisconnect} in version 5, and a bare close in version 3.1.1, which knows no such packet. */
    public void expectEnded(int... reasons) {
        if (version.is5()) {
            expectDisconnect(reasons);
        } else {
            expectClosed();
        }
    }

    /** The server answers CONNECT with one of these codes, and closes. */
    public Received expectRefused(int... reasons) {
        Received packet = expect(PacketType.CONNACK);
        expectReason(packet, reasons);
        expectClosed();
        return packet;
    }

    private void expectReason(Received packet, int... reasons) {
        if (Arrays.stream(reasons).noneMatch(reason -> reason == packet.reason())) {
            String allowed = Arrays.stream(reasons)
                    .mapToObj(reason -> String.format(Locale.ROOT, "0x%02X", reason))
                    .collect(Collectors.joining(" or "));
            throw line.failure("expected reason " + allowed + ", but " + packet + " came");
        }
    }

    // Whole flows

    /** Sends CONNECT and expects to be accepted. */
    public Received connect(Connect connect) {
        send(connect);
        connack = expect(PacketType.CONNACK);
        expectReason(connack, 0);
        return connack;
    }

    /** The CONNACK of {@link #connect}. */
    public Received connack() {
        return connack;
    }

    /** A packet identifier that this client has not used; they count from 1001. */
    public int nextId() {
        return ++lastId;
    }

    /** Subscribes to one filter and expects its QoS to be granted. */
    public Received subscribe(String filter, int options) {
        Received suback = subscribe(Packets.subscribe(version, nextId()).filter(filter, options));
        expectReason(suback, options & 3);
        return suback;
    }

    /** Sends SUBSCRIBE and awaits its SUBACK; retained messages that come first stay to be expected. */
    public Received subscribe(Subscribe subscribe) {
        send(subscribe);
        return line.first(
                        packet -> packet.type() == PacketType.SUBACK && packet.packetId() == subscribe.id(),
                        deadline(),
                        "SUBACK " + subscribe.id())
                .orElseThrow(() -> line.failure("awaited SUBACK, but it closed"));
    }

    /** Publishes and completes the handshake of its QoS. */
    public void publish(String topic, String payload, int qos) {
        publish(Packets.publish(version, topic).payload(payload).qos(qos));
    }

    /** Publishes and completes the handshake of its QoS; everything else that comes stays to be expected. */
    public void publish(Publish publish) {
        if (publish.qos() > 0 && !publish.hasId()) {
            publish.id(nextId());
        }
        send(publish);
        if (publish.qos() == 1) {
            expectReason(await(PacketType.PUBACK), 0x00, 0x10);
        } else if (publish.qos() == 2) {
            Received pubrec = await(PacketType.PUBREC);
            expectReason(pubrec, 0x00, 0x10);
            send(Packets.pubrel(pubrec.packetId()));
            expectReason(await(PacketType.PUBCOMP), 0x00);
        }
    }

    /** Expects a PUBLISH as the next packet and completes the handshake of its QoS. */
    public Received receive() {
        Received packet = expect(PacketType.PUBLISH);
        acknowledge(packet);
        return packet;
    }

    /** Does what the QoS of a received PUBLISH asks for. */
    public void acknowledge(Received publish) {
        if (publish.qos() == 1) {
            send(Packets.puback(publish.packetId()));
        } else if (publish.qos() == 2) {
            send(Packets.pubrec(publish.packetId()));
            await(PacketType.PUBREL);
            send(Packets.pubcomp(publish.packetId()));
        }
    }

    /** Sends DISCONNECT, waits until the server has closed, and closes: afterwards the session is off for sure. */
    public void disconnect() {
        disconnect(Packets.disconnect());
    }

    /** As {@link #disconnect()}; packets that were on their way are thrown away. */
    public void disconnect(Answer disconnect) {
        send(disconnect);
        while (next("close").isPresent()) {
            // It was on its way.
        }
        close();
    }

    // Breaking off

    /** Resets the connection: the server sees a network failure. */
    public void abort() {
        try {
            line.link().abort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes this direction only: FIN over TCP, a Close frame over WebSocket. */
    public void finish() {
        try {
            line.link().finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The frames below, when the transport is WebSocket. */
    public WebSocketLink webSocket() {
        return (WebSocketLink) line.link();
    }

    /** Closes the socket without DISCONNECT; for the server that is a network failure, too. */
    @Override
    public void close() {
        line.link().close();
    }

    private Optional<Received> next(String expected) {
        long deadline = deadline();
        while (true) {
            Optional<Received> packet = line.next(deadline, expected);
            if (packet.isEmpty() || !oldMarkers.contains(packet.get().topic())) {
                return packet;
            }
            acknowledge(packet.get());
        }
    }

    private long deadline() {
        return System.nanoTime() + patience.toNanos();
    }
}
