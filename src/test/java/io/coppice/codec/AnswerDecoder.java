package io.coppice.codec;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a broker sends, as strictly as a client could: flags, lengths, reason codes of each packet's
 * table, properties. What is wrong is an {@link AssertionError} or a {@link io.coppice.mqtt.ProtocolError}.
 */
public final class AnswerDecoder {
    private static final Map<PacketType, Set<Integer>> REASONS = new TreeMap<>(Map.of(
            PacketType.CONNACK,
                    Set.of(
                            0, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97,
                            0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F),
            PacketType.PUBACK, Set.of(0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99),
            PacketType.PUBREC, Set.of(0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99),
            PacketType.PUBREL, Set.of(0, 0x92),
            PacketType.PUBCOMP, Set.of(0, 0x92),
            PacketType.SUBACK, Set.of(0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2),
            PacketType.UNSUBACK, Set.of(0, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91),
            PacketType.DISCONNECT,
                    Set.of(
                            0, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96,
                            0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2),
            PacketType.AUTH, Set.of(0, 0x18)));

    private final ProtocolVersion version;
    private final PacketReader in = new PacketReader();
    private final PropertyReader propertyReader = new PropertyReader().fromBroker();

    public AnswerDecoder(ProtocolVersion version) {
        this.version = version;
    }

    /** One packet, or null while more bytes are needed. */
    public @Nullable Packet decode(ByteBuf bytes) {
        int start = bytes.readerIndex();
        int length = 0;
        int header = 1;
        int next = 0x80;
        while (next >= 0x80) {
            if (bytes.readableBytes() <= header) {
                return null;
            }
            next = bytes.getUnsignedByte(start + header);
            length |= (next & 0x7F) << (7 * (header - 1));
            header++;
        }
        check(next != 0 || header == 2, "an over-long Remaining Length");
        if (bytes.readableBytes() < header + length) {
            return null;
        }
        in.begin(bytes, start + header, length);
        propertyReader.begin(Integer.MAX_VALUE, Integer.MAX_VALUE);
        Packet packet = body(bytes.getUnsignedByte(start));
        in.nothingLeft(packet.type().name());
        bytes.readerIndex(start + header + length);
        return packet;
    }

    private Packet body(int first) {
        PacketType type = PacketType.values()[first >> 4];
        check(type == PacketType.PUBLISH || (first & 0x0F) == (type == PacketType.PUBREL ? 2 : 0), "flags of " + type);
        return switch (type) {
            case CONNACK -> connAck();
            case PUBLISH -> publish(first);
            case PUBACK -> new Packet.PubAck(in.packetIdentifier(), tailReason(type), tailProperties(type));
            case PUBREC -> new Packet.PubRec(in.packetIdentifier(), tailReason(type), tailProperties(type));
            case PUBREL -> new Packet.PubRel(in.packetIdentifier(), tailReason(type), tailProperties(type));
            case PUBCOMP -> new Packet.PubComp(in.packetIdentifier(), tailReason(type), tailProperties(type));
            case SUBACK -> {
                int packetId = in.packetIdentifier();
                Properties properties = properties(type);
                List<ReasonCode> reasons = reasons(type);
                check(!reasons.isEmpty(), "SUBACK without reasons");
                yield new Packet.SubAck(packetId, reasons, properties);
            }
            case UNSUBACK -> {
                int packetId = in.packetIdentifier();
                Properties properties = properties(type);
                yield new Packet.UnsubAck(packetId, reasons(type), properties);
            }
            case PINGRESP -> new Packet.PingResp();
            case DISCONNECT -> {
                check(version.isV5(), "DISCONNECT before version 5");
                yield new Packet.Disconnect(tailReason(type), tailProperties(type));
            }
            case AUTH -> {
                check(version.isV5(), "AUTH before version 5");
                yield new Packet.Auth(tailReason(type), tailProperties(type));
            }
            default -> throw new AssertionError(type + " is not a broker's to send");
        };
    }

    private Packet connAck() {
        int flags = in.oneByte("acknowledge flags");
        check(flags <= 1, "reserved acknowledge flags");
        int code = in.oneByte("reason code");
        if (!version.isV5()) {
            check(code <= 5, "return code " + code);
            List<ReasonCode> reasons = List.of(
                    ReasonCode.SUCCESS,
                    ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
                    ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
                    ReasonCode.SERVER_UNAVAILABLE,
                    ReasonCode.BAD_USER_NAME_OR_PASSWORD,
                    ReasonCode.NOT_AUTHORIZED);
            return new Packet.ConnAck(flags == 1, reasons.get(code), Properties.NONE);
        }
        return new Packet.ConnAck(flags == 1, reason(PacketType.CONNACK, code), properties(PacketType.CONNACK));
    }

    private Packet publish(int first) {
        Qos qos = Qos.of(first >> 1 & 3);
        boolean dup = (first & 0x08) != 0;
        check(!dup || qos != Qos.AT_MOST_ONCE, "DUP at QoS 0");
        String name = in.string("topic");
        int packetId = qos == Qos.AT_MOST_ONCE ? 0 : in.packetIdentifier();
        Properties properties = properties(PacketType.PUBLISH);
        boolean v5 = version.isV5();
        int alias = v5 ? propertyReader.topicAlias() : 0;
        check(!name.isEmpty() || alias > 0, "neither topic nor alias");
        TopicName topic = name.isEmpty() ? null : TopicName.ofDecoded(name, name.getBytes(StandardCharsets.UTF_8));
        byte[] payload = Arrays.copyOfRange(in.bytes(), in.position(), in.position() + in.remaining());
        in.skip(payload.length);
        return new Packet.Publish(
                dup,
                qos,
                (first & 1) != 0,
                topic,
                packetId,
                alias,
                v5 ? propertyReader.messageExpiryInterval() : -1,
                properties,
                payload);
    }

    private ReasonCode tailReason(PacketType type) {
        return in.remaining() == 0 ? ReasonCode.SUCCESS : reason(type, in.oneByte("reason code"));
    }

    private Properties tailProperties(PacketType type) {
        return in.remaining() == 0 ? Properties.NONE : properties(type);
    }

    private Properties properties(PacketType type) {
        return version.isV5() ? propertyReader.read(in, type) : Properties.NONE;
    }

    private List<ReasonCode> reasons(PacketType type) {
        List<ReasonCode> reasons = new ArrayList<>();
        while (in.remaining() > 0) {
            int code = in.oneByte("reason code");
            check(version.isV5() || Set.of(0, 1, 2, 0x80).contains(code), "return code " + code);
            reasons.add(reason(type, code));
        }
        return reasons;
    }

    private static ReasonCode reason(PacketType type, int code) {
        check(REASONS.getOrDefault(type, Set.of()).contains(code), "reason code " + code + " in " + type);
        ReasonCode reason = ReasonCode.of(code);
        if (reason == null) {
            throw new AssertionError("reason code " + code);
        }
        return reason;
    }

    private static void check(boolean fine, String wrong) {
        if (!fine) {
            throw new AssertionError("a broker may not send " + wrong);
        }
    }
}
