package io.coppice.blackbox;

/**
 * A packet that ends in an optional reason code and optional properties: PUBACK, PUBREC, PUBREL, PUBCOMP, DISCONNECT
 * and AUTH. Neither is written unless it is set; properties bring a reason code with them.
 */
public final class Answer implements Sendable {
    private final PacketType type;
    private final byte[] head;
    private int reason = -1;
    private Props props;

    Answer(PacketType type, byte[] head) {
        this.type = type;
        this.head = head;
    }

    public Answer reason(int code) {
        reason = code;
        return this;
    }

    public Answer props(Props value) {
        props = value;
        return this;
    }

    @Override
    public Packet packet() {
        ByteWriter body = new ByteWriter().raw(head);
        if (reason >= 0 || props != null) {
            body.int8(Math.max(reason, 0));
        }
        if (props != null) {
            body.raw(props.bytes());
        }
        return Packet.of(type, type.fixedFlags().orElse(0), body.bytes());
    }
}
