package io.coppice.blackbox;

/**
 * Where every packet that a test sends begins: {@code Packets.publish(V5, "a/b").qos(1).id(7).payload("x")}. What comes
 * out is right unless a method asked for something wrong; {@link Sendable#packet()} leads to byte for byte changes, and
 * {@link #raw} to everything else.
 */
public final class Packets {
    private Packets() {}

    public static Connect connect(Version version) {
        return new Connect(version);
    }

    public static Connect connect(Version version, String clientId) {
        return new Connect(version).clientId(clientId);
    }

    public static Publish publish(Version version, String topic) {
        return publish(version, ByteWriter.utf8(topic));
    }

    public static Publish publish(Version version, byte[] topic) {
        return new Publish(version, topic);
    }

    public static Answer puback(int id) {
        return answer(PacketType.PUBACK, id);
    }

    public static Answer pubrec(int id) {
        return answer(PacketType.PUBREC, id);
    }

    public static Answer pubrel(int id) {
        return answer(PacketType.PUBREL, id);
    }

    public static Answer pubcomp(int id) {
        return answer(PacketType.PUBCOMP, id);
    }

    public static Subscribe subscribe(Version version, int id) {
        return new Subscribe(version, id);
    }

    public static Unsubscribe unsubscribe(Version version, int id) {
        return new Unsubscribe(version, id);
    }

    public static Packet pingreq() {
        return Packet.of(PacketType.PINGREQ, 0, new byte[0]);
    }

    public static Answer disconnect() {
        return new Answer(PacketType.DISCONNECT, new byte[0]);
    }

    public static Answer auth() {
        return new Answer(PacketType.AUTH, new byte[0]);
    }

    /** A packet of any type with any flags and body, and the Remaining Length that fits. */
    public static Packet packet(PacketType type, int flags, String bodyHex) {
        return Packet.of(type, flags, Hex.bytes(bodyHex));
    }

    /** Bytes as they are, for {@link RawClient#send(byte[]...)}. */
    public static byte[] raw(String hex) {
        return Hex.bytes(hex);
    }

    private static Answer answer(PacketType type, int id) {
        return new Answer(type, new ByteWriter().int16(id).bytes());
    }
}
