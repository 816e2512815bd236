package io.coppice.blackbox;

import static io.coppice.blackbox.ByteReader.check;
import static io.coppice.blackbox.ByteReader.malformed;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Turns one framed packet into a {@link Received}, or fails the test if a server may not send it. */
final class ReceivedParser {
    private final Version version;
    private final ByteReader in;
    private final Received packet;

    private ReceivedParser(Version version, int firstByte, int size, byte[] body) {
        this.version = version;
        this.in = new ByteReader(body);
        this.packet = new Received(firstByte, size);
    }

    /** {@code size} counts the fixed header, too. */
    static Received parse(Version version, int firstByte, int size, byte[] body) {
        ReceivedParser parser = new ReceivedParser(version, firstByte, size, body);
        parser.parse();
        return parser.packet;
    }

    private void parse() {
        packet.type
                .fixedFlags()
                .ifPresent(flags -> check(packet.flags == flags, "flags " + packet.flags + " in " + packet.type));
        switch (packet.type) {
            case CONNACK -> connack();
            case PUBLISH -> publish();
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> answer();
            case SUBACK -> suback();
            case UNSUBACK -> unsuback();
            case PINGRESP -> {}
            case DISCONNECT, AUTH -> farewell();
            default -> throw malformed("a server never sends " + packet.type);
        }
        check(!in.hasMore(), "bytes are left behind " + packet + ": " + Hex.text(in.rest()));
    }

    private void connack() {
        int flags = in.int8();
        check(flags <= 1, "CONNACK flags " + flags);
        packet.sessionPresent = flags == 1;
        reason();
        check(!packet.sessionPresent || packet.reason() == 0, "session present in a refusal");
        if (version.is5()) {
            properties();
        }
    }

    private void publish() {
        check(packet.qos() < 3, "QoS 3");
        check(packet.qos() > 0 || !packet.dup(), "DUP with QoS 0");
        packet.topic = in.string();
        check(packet.topic.indexOf('+') < 0 && packet.topic.indexOf('#') < 0, "wildcard in topic " + packet.topic);
        if (packet.qos() > 0) {
            packetId();
        }
        if (version.is5()) {
            properties();
            packet.properties
                    .string(Property.RESPONSE_TOPIC)
                    .ifPresent(topic -> check(
                            !topic.isEmpty() && topic.indexOf('+') < 0 && topic.indexOf('#') < 0,
                            "response topic " + topic));
        } else {
            check(!packet.topic.isEmpty(), "empty topic");
        }
        packet.payload = in.rest();
    }

    private void answer() {
        packetId();
        if (version.is5()) {
            optionalReasonAndProperties();
        }
    }

    private void suback() {
        packetId();
        if (version.is5()) {
            properties();
        }
        reasonList();
    }

    private void unsuback() {
        packetId();
        if (version.is5()) {
            properties();
            reasonList();
        }
    }

    private void farewell() {
        check(version.is5(), packet.type + " in version " + version);
        optionalReasonAndProperties();
    }

    private void packetId() {
        packet.packetId = in.int16();
        check(packet.packetId != 0, "packet id 0 in " + packet.type);
    }

    private void reason() {
        packet.reasons = List.of(code());
    }

    private void reasonList() {
        List<Integer> codes = new ArrayList<>();
        while (in.hasMore()) {
            codes.add(code());
        }
        check(!codes.isEmpty(), packet.type + " without reason code");
        packet.reasons = List.copyOf(codes);
    }

    private int code() {
        int code = in.int8();
        check(
                ReasonCodes.fromServer(packet.type, version).contains(code),
                String.format(Locale.ROOT, "reason code 0x%02X in %s of %s", code, packet.type, version));
        return code;
    }

    private void optionalReasonAndProperties() {
        if (in.hasMore()) {
            reason();
        }
        if (in.hasMore()) {
            properties();
        }
    }

    private void properties() {
        ByteReader list = in.part(in.varint());
        List<ReceivedProps.Entry> entries = new ArrayList<>();
        Set<Property> seen = EnumSet.noneOf(Property.class);
        while (list.hasMore()) {
            long id = list.varint();
            Property property = Property.of((int) id).orElseThrow(() -> malformed("property id " + id));
            check(property.isAllowedFromServerIn(packet.type), property + " in " + packet.type);
            check(seen.add(property) || property.repeats(), property + " twice");
            Object value = value(list, property);
            check(!(value instanceof Long number) || property.allows(number), property + " of " + value);
            entries.add(new ReceivedProps.Entry(property, value));
        }
        packet.properties = new ReceivedProps(entries);
    }

    private static Object value(ByteReader list, Property property) {
        return switch (property.kind()) {
            case BYTE -> (long) list.int8();
            case TWO_BYTES -> (long) list.int16();
            case FOUR_BYTES -> list.int32();
            case VARINT -> list.varint();
            case STRING -> list.string();
            case BINARY -> list.binary();
            case PAIR -> new ReceivedProps.User(list.string(), list.string());
        };
    }
}
