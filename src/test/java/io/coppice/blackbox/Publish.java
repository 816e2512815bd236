package io.coppice.blackbox;

/** A PUBLISH from a client: QoS 0, empty payload, not retained, unless said otherwise. */
public final class Publish implements Sendable {
    private final Version version;
    private final byte[] topic;
    private byte[] payload = {};
    private int qos;
    private boolean dup;
    private boolean retain;
    private Integer id;
    private Props props = Props.of();

    Publish(Version version, byte[] topic) {
        this.version = version;
        this.topic = topic;
    }

    public Publish payload(String text) {
        return payload(ByteWriter.utf8(text));
    }

    public Publish payload(byte[] bytes) {
        payload = bytes;
        return this;
    }

    /** 0 to 2, or the malformed 3. */
    public Publish qos(int value) {
        qos = value;
        return this;
    }

    /** The packet identifier; without it a QoS above 0 takes 1, or a fresh one in {@link RawClient#publish}. */
    public Publish id(int value) {
        id = value;
        return this;
    }

    public Publish retain() {
        retain = true;
        return this;
    }

    public Publish dup() {
        dup = true;
        return this;
    }

    public Publish props(Props value) {
        props = value;
        return this;
    }

    int qos() {
        return qos;
    }

    boolean hasId() {
        return id != null;
    }

    @Override
    public Packet packet() {
        ByteWriter body = new ByteWriter().prefixed(topic);
        if (qos > 0) {
            body.int16(id == null ? 1 : id);
        }
        if (version.is5()) {
            body.raw(props.bytes());
        }
        int flags = (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0);
        return Packet.of(PacketType.PUBLISH, flags, body.raw(payload).bytes());
    }
}
