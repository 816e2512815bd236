package io.coppice.simulation;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.port.Connection;
import io.coppice.port.Loop;
import io.coppice.port.PacketSink;
import java.util.ArrayDeque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A connection without bytes: what is flushed reaches the client, and nothing else does. */
public final class SimConnection implements Connection {
    private record Out(Packet packet, int size, long end) {}

    private final World world;
    private final SimClient client;
    private final SimLoop loop;
    private final int number;
    private final PacketSink sink;

    private final ArrayDeque<Packet> input = new ArrayDeque<>();
    private final ArrayDeque<Out> output = new ArrayDeque<>();
    /** Flushed, and not taken by the network. */
    private final ArrayDeque<Out> stuck = new ArrayDeque<>();

    /** Bytes that may wait here. */
    public long outputMax = Long.MAX_VALUE;
    /** Whether the client does not close its side when the broker has closed. */
    public boolean lingers;
    /** Whether the network takes nothing. */
    private boolean congested;

    private @Nullable ProtocolVersion claimed;
    private boolean established;
    private boolean reading = true;
    private boolean closing;
    private boolean gone;
    private boolean blocked;
    private long written;
    private long flushed;
    private long taken;

    SimConnection(World world, SimClient client, SimLoop loop) {
        this.world = world;
        this.client = client;
        this.loop = loop;
        this.number = world.nextConnection();
        this.sink = loop.node.broker().opened(this);
        loop.node.connections.add(this);
    }

    // --- the client's side

    /** A packet arrives, once the loop comes to it. */
    void arrive(Packet packet) {
        loop.add(() -> {
            input.add(packet);
            read();
        });
    }

    /** The client is cut off; what it sent before may still be read. */
    void cut() {
        loop.add(this::gone);
    }

    /** The network takes nothing from now on, or takes everything again. */
    public void congested(boolean now) {
        congested = now;
        if (!now) {
            while (!stuck.isEmpty()) {
                take(stuck.remove());
            }
            if (blocked && written - taken <= outputMax / 2) {
                blocked = false;
                loop.add(() -> {
                    if (!closing) {
                        sink.writableAgain();
                    }
                });
            }
        }
    }

    private void take(Out out) {
        taken += out.size;
        client.add(() -> client.received(this, out.packet));
    }

    public boolean isOpen() {
        return !gone && !closing;
    }

    public boolean isReading() {
        return reading;
    }

    private void read() {
        while (reading && isOpen() && mayDecode()) {
            Packet packet = input.remove();
            if (packet instanceof Packet.Connect connect) {
                claimed = connect.version();
            }
            try {
                sink.received(packet);
            } catch (ProtocolError error) {
                input.clear();
                sink.refused(error);
            }
        }
    }

    /** As the codec does: before the client is let in, nothing but what leads to it. */
    private boolean mayDecode() {
        Packet next = input.peek();
        return next != null
                && (claimed == null
                        || established
                        || next instanceof Packet.Auth
                        || next instanceof Packet.Disconnect
                        || next instanceof Packet.Connect);
    }

    /** Its node is dead. */
    void broken() {
        if (!gone) {
            gone = true;
            client.add(() -> client.closed(this));
        }
    }

    private void gone() {
        if (!gone) {
            gone = true;
            client.add(() -> client.closed(this));
            sink.closed();
        }
    }

    // --- the broker's side

    @Override
    public Loop loop() {
        return loop;
    }

    @Override
    public String remoteAddress() {
        return "10.0.0.1:" + number;
    }

    @Override
    public String remoteHost() {
        return client.host;
    }

    @Override
    public String listener() {
        return "mqtt";
    }

    @Override
    public @Nullable ProtocolVersion claimedVersion() {
        return claimed;
    }

    @Override
    public void established(ProtocolVersion version, long maximumPacketSize, boolean requestProblemInformation) {
        established = true;
        loop.add(this::read);
    }

    @Override
    public void send(Packet packet) {
        boolean unknown = packet instanceof Packet.Disconnect || packet instanceof Packet.Auth;
        if (!unknown || claimed == ProtocolVersion.V5) {
            append(packet, 4);
        }
    }

    @Override
    public boolean fits(Packet packet) {
        return true;
    }

    private void append(Packet packet, int size) {
        world.requireOn(loop);
        if (isOpen()) {
            written += size;
            output.add(new Out(packet, size, written));
        }
    }

    @Override
    public void sendPublish(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] subscriptionIdentifiers) {
        Properties.Builder properties = Properties.builder();
        for (Map.Entry<Property, Object> one : message.properties().singles().entrySet()) {
            if (one.getValue() instanceof Long value) {
                properties.number(one.getKey(), value);
            } else if (one.getValue() instanceof String value) {
                properties.text(one.getKey(), value);
            }
        }
        for (int identifier : subscriptionIdentifiers) {
            properties.subscriptionIdentifier(identifier);
        }
        long expiry = message.expiresAt() == Message.NEVER ? -1 : (message.expiresAt() - loop.now() + 999) / 1000;
        append(
                new Packet.Publish(
                        dup,
                        qos,
                        retain,
                        withTopic ? message.topic() : null,
                        packetId,
                        topicAlias,
                        expiry,
                        properties.build(),
                        message.payload()),
                publishSize(message, qos, subscriptionIdentifiers));
    }

    @Override
    public int publishSize(Message message, Qos qos, int[] subscriptionIdentifiers) {
        return 5 + message.topic().value().length() + message.payload().length;
    }

    @Override
    public boolean writable() {
        world.requireOn(loop);
        blocked |= written - taken >= outputMax;
        return written - taken < outputMax;
    }

    @Override
    public long written() {
        return written;
    }

    @Override
    public void flush(long upTo) {
        world.requireOn(loop);
        if (isOpen()) {
            if (upTo < flushed) {
                throw new AssertionError("the mark " + upTo + " is before the last one, " + flushed);
            }
            flushed = upTo;
            for (Out out = output.peek(); out != null && out.end <= upTo; out = output.peek()) {
                output.remove();
                client.visible(this, out.packet);
                if (congested) {
                    stuck.add(out);
                } else {
                    take(out);
                }
            }
        }
    }

    @Override
    public void reading(boolean wanted) {
        world.requireOn(loop);
        if (reading != wanted) {
            reading = wanted;
            if (wanted) {
                loop.add(this::read);
            }
        }
    }

    @Override
    public void close() {
        world.requireOn(loop);
        if (isOpen()) {
            flush(written);
            end();
        }
    }

    @Override
    public void abort() {
        world.requireOn(loop);
        if (isOpen()) {
            output.clear();
            end();
        }
    }

    private void end() {
        closing = true;
        if (!lingers) {
            loop.add(this::gone);
        }
    }
}
