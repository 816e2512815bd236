package io.coppice.blackbox;

/** An UNSUBSCRIBE. */
public final class Unsubscribe implements Sendable {
    private final Version version;
    private final int id;
    private final ByteWriter filters = new ByteWriter();
    private Props props = Props.of();

    Unsubscribe(Version version, int id) {
        this.version = version;
        this.id = id;
    }

    public Unsubscribe filter(String filter) {
        return filter(ByteWriter.utf8(filter));
    }

    public Unsubscribe filter(byte[] filter) {
        filters.prefixed(filter);
        return this;
    }

    public Unsubscribe props(Props value) {
        props = value;
        return this;
    }

    @Override
    public Packet packet() {
        ByteWriter body = new ByteWriter().int16(id);
        if (version.is5()) {
            body.raw(props.bytes());
        }
        return Packet.of(PacketType.UNSUBSCRIBE, 2, body.raw(filters.bytes()).bytes());
    }
}
