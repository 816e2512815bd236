package io.coppice.blackbox;

/** A SUBSCRIBE. */
public final class Subscribe implements Sendable {
    /** Option bits of version 5, to be added to the QoS. */
    public static final int NO_LOCAL = 0x04;

    public static final int RETAIN_AS_PUBLISHED = 0x08;
    public static final int RETAIN_IF_NEW = 0x10;
    public static final int RETAIN_NEVER = 0x20;

    private final Version version;
    private final int id;
    private final ByteWriter filters = new ByteWriter();
    private Props props = Props.of();

    Subscribe(Version version, int id) {
        this.version = version;
        this.id = id;
    }

    /** A filter with its options: the QoS, in version 5 plus option bits. */
    public Subscribe filter(String filter, int options) {
        return filter(ByteWriter.utf8(filter), options);
    }

    public Subscribe filter(byte[] filter, int options) {
        filters.prefixed(filter).int8(options);
        return this;
    }

    public Subscribe props(Props value) {
        props = value;
        return this;
    }

    int id() {
        return id;
    }

    @Override
    public Packet packet() {
        ByteWriter body = new ByteWriter().int16(id);
        if (version.is5()) {
            body.raw(props.bytes());
        }
        return Packet.of(PacketType.SUBSCRIBE, 2, body.raw(filters.bytes()).bytes());
    }
}
