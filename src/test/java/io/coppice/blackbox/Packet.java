package io.coppice.blackbox;

import java.util.Arrays;

/**
 * One packet as first byte, Remaining Length and body. Each method answers with a changed copy, so that every part of
 * it can be made wrong on its own: {@code publish.packet().flags(6).append("00")}.
 */
public final class Packet implements Sendable {
    private final int firstByte;
    private final byte[] length;
    private final byte[] body;

    private Packet(int firstByte, byte[] length, byte[] body) {
        this.firstByte = firstByte;
        this.length = length;
        this.body = body;
    }

    static Packet of(PacketType type, int flags, byte[] body) {
        return new Packet(type.number() << 4 | flags, null, body);
    }

    @Override
    public Packet packet() {
        return this;
    }

    /** With another first byte. */
    public Packet firstByte(int value) {
        return new Packet(value, length, body);
    }

    /** With other bits 3 to 0 in the first byte. */
    public Packet flags(int value) {
        return new Packet((firstByte & 0xF0) | value, length, body);
    }

    /** With this Remaining Length, whatever the body is. */
    public Packet claiming(long remainingLength) {
        return new Packet(firstByte, new ByteWriter().varint(remainingLength).bytes(), body);
    }

    /** With these bytes where the Remaining Length belongs, such as {@code "FF FF FF FF 01"}. */
    public Packet lengthBytes(String hex) {
        return new Packet(firstByte, Hex.bytes(hex), body);
    }

    /** With another body; the Remaining Length follows it unless it was set. */
    public Packet body(String hex) {
        return new Packet(firstByte, length, Hex.bytes(hex));
    }

    /** With bytes behind the body; the Remaining Length counts them unless it was set. */
    public Packet append(String hex) {
        return new Packet(
                firstByte,
                length,
                new ByteWriter().raw(body).raw(Hex.bytes(hex)).bytes());
    }

    /** Without the last bytes of the body; the Remaining Length is less by as many unless it was set. */
    public Packet cut(int bytes) {
        return new Packet(firstByte, length, Arrays.copyOf(body, body.length - bytes));
    }

    /** With the body as it is and the Remaining Length fixed to its present value: cut or append then lies. */
    public Packet fixLength() {
        return claiming(body.length);
    }

    /** With one byte of the body replaced. */
    public Packet patch(int index, int value) {
        byte[] patched = body.clone();
        patched[index] = (byte) value;
        return new Packet(firstByte, length, patched);
    }

    public int bodyLength() {
        return body.length;
    }

    @Override
    public byte[] bytes() {
        ByteWriter writer = new ByteWriter().int8(firstByte);
        if (length == null) {
            writer.varint(body.length);
        } else {
            writer.raw(length);
        }
        return writer.raw(body).bytes();
    }
}
