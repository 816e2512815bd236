package io.coppice.codec;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** At least one of every packet, with no properties and with all that it may have, as each version knows it. */
final class Samples {
    private static final Set<Property> IN_FIELDS =
            Set.of(Property.TOPIC_ALIAS, Property.MESSAGE_EXPIRY_INTERVAL, Property.WILL_DELAY_INTERVAL);

    private Samples() {}

    /** Every property that a packet may have, those that are fields of their own excepted. */
    static Properties all(PacketType carrier, boolean withIdentifiers) {
        Properties.Builder builder = Properties.builder();
        for (Property property : Property.values()) {
            if (property.allowedIn(carrier) && !IN_FIELDS.contains(property)) {
                switch (property.type()) {
                    case BYTE -> builder.number(property, 1);
                    case TWO_BYTES -> builder.number(property, 0xFEDC);
                    case FOUR_BYTES -> builder.number(property, 0xFFFF_FFFFL);
                    case STRING -> builder.text(property, "text ä😀 of " + property);
                    case BINARY -> builder.binary(property, new byte[] {0, -1, 127});
                    case STRING_PAIR -> builder.user("key", "1").user("", "").user("key", "2 ü");
                    case VARIABLE_BYTES -> {
                        if (withIdentifiers) {
                            builder.subscriptionIdentifier(268_435_455);
                        }
                    }
                }
            }
        }
        return builder.build();
    }

    private static List<Properties> variants(PacketType type, ProtocolVersion version, boolean withIdentifiers) {
        return version.isV5() ? List.of(Properties.NONE, all(type, withIdentifiers)) : List.of(Properties.NONE);
    }

    /** What a client of the version sends. */
    static List<Packet> fromClient(ProtocolVersion version) {
        List<Packet> packets = new ArrayList<>(connects(version));
        boolean v5 = version.isV5();
        for (Qos qos : Qos.values()) {
            for (Properties properties : variants(PacketType.PUBLISH, version, false)) {
                packets.add(publish(qos, properties, v5));
            }
        }
        if (v5) {
            packets.add(new Packet.Publish(
                    false, Qos.AT_MOST_ONCE, false, null, 0, 7, -1, Properties.NONE, bytes("by alias")));
        }
        acknowledgements(version, packets);
        SubscriptionOptions options = v5
                ? new SubscriptionOptions(Qos.EXACTLY_ONCE, true, true, RetainHandling.SEND_IF_NEW)
                : SubscriptionOptions.of(Qos.EXACTLY_ONCE);
        for (Properties properties : variants(PacketType.SUBSCRIBE, version, true)) {
            packets.add(new Packet.Subscribe(
                    9,
                    List.of(
                            new Packet.Request("a/+/ä", options),
                            new Packet.Request("$share/g/#", SubscriptionOptions.of(Qos.AT_LEAST_ONCE))),
                    properties));
        }
        for (Properties properties : variants(PacketType.UNSUBSCRIBE, version, false)) {
            packets.add(new Packet.Unsubscribe(0xFFFF, List.of("a/b", "#"), properties));
        }
        packets.add(new Packet.PingReq());
        if (v5) {
            packets.add(new Packet.Disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.NONE));
            packets.add(new Packet.Disconnect(ReasonCode.DISCONNECT_WITH_WILL, Properties.NONE));
            packets.add(new Packet.Disconnect(
                    ReasonCode.NORMAL_DISCONNECTION,
                    Properties.builder()
                            .number(Property.SESSION_EXPIRY_INTERVAL, 0xFFFF_FFFFL)
                            .text(Property.REASON_STRING, "text ä😀")
                            .user("key", "1")
                            .user("", "")
                            .build()));
            packets.add(new Packet.Auth(ReasonCode.REAUTHENTICATE, all(PacketType.AUTH, false)));
        }
        return packets;
    }

    private static List<Packet> connects(ProtocolVersion version) {
        List<Packet> packets = new ArrayList<>();
        for (Properties properties : variants(PacketType.CONNECT, version, false)) {
            packets.add(new Packet.Connect(version, true, 0, "client-ä", null, null, null, properties));
            for (Properties willProperties : variants(PacketType.WILL, version, false)) {
                boolean v5 = version.isV5();
                Will will = new Will(
                        TopicName.of("will/topic"),
                        bytes("gone"),
                        Qos.AT_LEAST_ONCE,
                        true,
                        willProperties,
                        v5 ? 0xFFFF_FFFFL : 0,
                        v5 ? 0 : -1);
                packets.add(new Packet.Connect(version, false, 65_535, "c", will, "user", bytes("secret"), properties));
                packets.add(new Packet.Connect(
                        version,
                        false,
                        1,
                        "c",
                        new Will(TopicName.of("w"), new byte[0], Qos.EXACTLY_ONCE, false, willProperties, 0, -1),
                        "",
                        null,
                        properties));
            }
        }
        return packets;
    }

    private static Packet.Publish publish(Qos qos, Properties properties, boolean v5) {
        boolean acknowledged = qos != Qos.AT_MOST_ONCE;
        boolean all = v5 && !properties.isEmpty();
        return new Packet.Publish(
                acknowledged,
                qos,
                true,
                TopicName.of("sensors/ä/12"),
                acknowledged ? 0xABCD : 0,
                all ? 65_535 : 0,
                all ? 0xFFFF_FFFFL : -1,
                properties,
                bytes("payload"));
    }

    private static void acknowledgements(ProtocolVersion version, List<Packet> packets) {
        ReasonCode failed = version.isV5() ? ReasonCode.QUOTA_EXCEEDED : ReasonCode.SUCCESS;
        ReasonCode unknown = version.isV5() ? ReasonCode.PACKET_IDENTIFIER_NOT_FOUND : ReasonCode.SUCCESS;
        for (Properties properties : variants(PacketType.PUBACK, version, false)) {
            for (ReasonCode reason : List.of(ReasonCode.SUCCESS, failed)) {
                packets.add(new Packet.PubAck(1, reason, properties));
                packets.add(new Packet.PubRec(2, reason, properties));
            }
            for (ReasonCode reason : List.of(ReasonCode.SUCCESS, unknown)) {
                packets.add(new Packet.PubRel(3, reason, properties));
                packets.add(new Packet.PubComp(0xFFFF, reason, properties));
            }
        }
    }

    /** What a broker sends to a client of the version. */
    static List<Packet> fromBroker(ProtocolVersion version) {
        List<Packet> packets = new ArrayList<>();
        boolean v5 = version.isV5();
        for (Properties properties : variants(PacketType.CONNACK, version, false)) {
            packets.add(new Packet.ConnAck(false, ReasonCode.SUCCESS, properties));
            packets.add(new Packet.ConnAck(version != ProtocolVersion.V3_1, ReasonCode.SUCCESS, properties));
            packets.add(new Packet.ConnAck(false, ReasonCode.NOT_AUTHORIZED, properties));
        }
        for (Qos qos : Qos.values()) {
            for (Properties properties : variants(PacketType.PUBLISH, version, true)) {
                packets.add(publish(qos, properties, v5));
            }
        }
        acknowledgements(version, packets);
        List<ReasonCode> granted = List.of(
                ReasonCode.GRANTED_QOS_0,
                ReasonCode.GRANTED_QOS_1,
                ReasonCode.GRANTED_QOS_2,
                v5 ? ReasonCode.TOPIC_FILTER_INVALID : ReasonCode.UNSPECIFIED_ERROR);
        for (Properties properties : variants(PacketType.SUBACK, version, false)) {
            packets.add(new Packet.SubAck(9, granted, properties));
        }
        List<ReasonCode> removed = v5 ? List.of(ReasonCode.SUCCESS, ReasonCode.NO_SUBSCRIPTION_EXISTED) : List.of();
        for (Properties properties : variants(PacketType.UNSUBACK, version, false)) {
            packets.add(new Packet.UnsubAck(9, removed, properties));
        }
        packets.add(new Packet.PingResp());
        if (v5) {
            packets.add(new Packet.Disconnect(ReasonCode.SESSION_TAKEN_OVER, Properties.NONE));
            packets.add(new Packet.Disconnect(ReasonCode.SERVER_MOVED, all(PacketType.DISCONNECT, false)));
            packets.add(new Packet.Auth(ReasonCode.CONTINUE_AUTHENTICATION, all(PacketType.AUTH, false)));
        }
        return packets;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
