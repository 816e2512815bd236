package io.coppice.blackbox;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One packet from the server, proven to be well-formed and to be one that a server may send. What the type does not
 * have is 0, empty or false.
 */
public final class Received {
    private static final int CODES_SHOWN_MAX = 16;

    final PacketType type;
    final int flags;
    final int size;
    final long nanos;
    boolean sessionPresent;
    int packetId;
    List<Integer> reasons = List.of();
    ReceivedProps properties = ReceivedProps.NONE;
    String topic = "";
    byte[] payload = {};

    Received(int firstByte, int size) {
        this.type = PacketType.of(firstByte);
        this.flags = firstByte & 0x0F;
        this.size = size;
        this.nanos = System.nanoTime();
    }

    public PacketType type() {
        return type;
    }

    /** The whole packet in bytes, with its fixed header. */
    public int size() {
        return size;
    }

    /** {@link System#nanoTime} when it had come. */
    public long nanos() {
        return nanos;
    }

    /** The reason code (return code in CONNACK of 3.1.1); 0 where the packet leaves it out. */
    public int reason() {
        return reasons.isEmpty() ? 0 : reasons.get(0);
    }

    /** The reason codes of SUBACK and UNSUBACK. */
    public List<Integer> reasons() {
        return reasons;
    }

    public boolean sessionPresent() {
        return sessionPresent;
    }

    public int packetId() {
        return packetId;
    }

    public ReceivedProps properties() {
        return properties;
    }

    /** The topic of a PUBLISH, a topic alias already replaced by what it stands for. */
    public String topic() {
        return topic;
    }

    public byte[] payload() {
        return payload.clone();
    }

    /** The payload as UTF-8. */
    public String text() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    public int qos() {
        return flags >> 1 & 3;
    }

    public boolean dup() {
        return (flags & 8) != 0;
    }

    public boolean retain() {
        return (flags & 1) != 0;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(type.name());
        if (packetId != 0) {
            text.append(" id=").append(packetId);
        }
        switch (type) {
            case PUBLISH ->
                text.append(" topic=")
                        .append(topic)
                        .append(" qos=")
                        .append(qos())
                        .append(dup() ? " dup" : "")
                        .append(retain() ? " retain" : "")
                        .append(" payload=")
                        .append(Hex.text(payload));
            case CONNACK ->
                text.append(sessionPresent ? " session present" : "").append(codes());
            case PINGRESP -> {}
            default -> text.append(codes());
        }
        return properties.isEmpty()
                ? text.toString()
                : text.append(' ').append(properties).toString();
    }

    private String codes() {
        return reasons.stream()
                        .limit(CODES_SHOWN_MAX)
                        .map(code -> String.format(Locale.ROOT, " 0x%02X", code))
                        .collect(Collectors.joining())
                + (reasons.size() > CODES_SHOWN_MAX ? " … (" + reasons.size() + " codes)" : "");
    }
}
