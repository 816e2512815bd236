package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.HexFormat;

/** A bare socket that speaks MQTT byte by byte, for what no well-behaved client does. */
public final class Wire implements AutoCloseable {
    public static final int CONNACK = 2;
    public static final int PUBLISH = 3;
    public static final int PUBACK = 4;
    public static final int PUBREC = 5;
    public static final int PUBCOMP = 7;
    public static final int SUBACK = 9;
    public static final int PINGRESP = 13;
    public static final int DISCONNECT = 14;

    /** One packet from the broker: its type, the flags of its first byte, and what follows the length. */
    public record Answer(int type, int flags, byte[] body) {
        /** Of PUBACK and the like: after the identifier, 0 where it is left out. */
        public int ackReason() {
            return body.length > 2 ? body[2] & 0xFF : 0;
        }

        public int packetId() {
            return (body[0] & 0xFF) << 8 | body[1] & 0xFF;
        }

        /** Of CONNACK. */
        public int connectReason() {
            return body[1] & 0xFF;
        }

        /** Of a version 5 DISCONNECT. */
        public int disconnectReason() {
            return body.length == 0 ? 0 : body[0] & 0xFF;
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    public Wire(int port) throws IOException {
        this(port, 0);
    }

    /** A connection that is there, whatever it is encrypted with. */
    public Wire(Socket connected) throws IOException {
        socket = connected;
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /** @param receiveBuffer bytes that the system takes for us while we do not read, 0 for as many as it likes */
    public Wire(int port, int receiveBuffer) throws IOException {
        socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.setSoTimeout((int) Peer.PATIENCE_SECONDS * 1000);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    public Wire send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
        return this;
    }

    public Wire send(String hex) throws IOException {
        return send(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    /** Connects with version 5 and a clean start. */
    public Wire connect5(String clientId, byte[]... properties) throws IOException {
        return open(connectPacket(5, 2, clientId, new byte[0], properties));
    }

    public Wire connect3(String clientId) throws IOException {
        return open(connectPacket(4, 2, clientId, new byte[0]));
    }

    private Wire open(byte[] connect) throws IOException {
        send(connect);
        Answer answer = read(CONNACK);
        assertThat(answer.connectReason()).as("reason in CONNACK").isZero();
        return this;
    }

    /** @param afterClientId the will, the user name and the password, as the flags say */
    public static byte[] connectPacket(
            int version, int flags, String clientId, byte[] afterClientId, byte[]... properties) {
        return packet(
                0x10,
                text("MQTT"),
                new byte[] {(byte) version, (byte) flags, 0, 0},
                version == 5 ? block(properties) : new byte[0],
                text(clientId),
                afterClientId);
    }

    public Wire subscribe5(String filter, int options) throws IOException {
        send(packet(0x82, new byte[] {0, 1, 0}, text(filter), new byte[] {(byte) options}));
        assertThat(read(SUBACK).body()[3] & 0xFF).as("reason in SUBACK").isLessThan(0x80);
        return this;
    }

    public static byte[] publish5(String topic, byte[] payload, int qos, int packetId, byte[]... properties) {
        byte[] id = qos == 0 ? new byte[0] : new byte[] {(byte) (packetId >> 8), (byte) packetId};
        return packet(0x30 | qos << 1, text(topic), id, block(properties), payload);
    }

    public static byte[] ack(int type, int packetId) {
        return new byte[] {(byte) (type << 4 | (type == 6 ? 2 : 0)), 2, (byte) (packetId >> 8), (byte) packetId};
    }

    public Answer read() throws IOException {
        int first = in.readUnsignedByte();
        int length = 0;
        for (int shift = 0; ; shift += 7) {
            int digit = in.readUnsignedByte();
            length |= (digit & 0x7F) << shift;
            if (digit < 0x80) {
                break;
            }
        }
        byte[] body = new byte[length];
        in.readFully(body);
        return new Answer(first >> 4, first & 15, body);
    }

    /** The first byte of whatever comes; -1 where the connection ends before. */
    public int first() throws IOException {
        try {
            return in.read();
        } catch (java.net.SocketException reset) {
            return -1;
        }
    }

    public Answer read(int type) throws IOException {
        Answer answer = read();
        assertThat(answer.type()).as("packet type").isEqualTo(type);
        return answer;
    }

    /** The broker ends the connection without a further word. */
    public void readEnd() throws IOException {
        try {
            assertThat(in.read()).as("end of the connection").isEqualTo(-1);
        } catch (EOFException | java.net.SocketException reset) {
            // an end as well
        }
    }

    /** Without DISCONNECT. */
    @Override
    public void close() throws IOException {
        socket.close();
    }

    // --- bytes

    public static byte[] packet(int first, byte[]... parts) {
        byte[] body = join(parts);
        return join(new byte[] {(byte) first}, variable(body.length), body);
    }

    /** A property block with its length. */
    public static byte[] block(byte[]... properties) {
        byte[] all = join(properties);
        return join(variable(all.length), all);
    }

    public static byte[] property(int identifier, int bytes, long value) {
        byte[] property = new byte[1 + bytes];
        property[0] = (byte) identifier;
        for (int i = bytes; i > 0; i--) {
            property[i] = (byte) (value >> 8 * (bytes - i));
        }
        return property;
    }

    public static byte[] userProperty(String name, String value) {
        return join(new byte[] {0x26}, text(name), text(value));
    }

    public static byte[] text(String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        return join(new byte[] {(byte) (utf8.length >> 8), (byte) utf8.length}, utf8);
    }

    public static byte[] variable(int number) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(4);
        int rest = number;
        do {
            int digit = rest & 0x7F;
            rest >>= 7;
            out.write(rest > 0 ? digit | 0x80 : digit);
        } while (rest > 0);
        return out.toByteArray();
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
