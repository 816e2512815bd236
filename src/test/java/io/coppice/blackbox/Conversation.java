package io.coppice.blackbox;

import static io.coppice.blackbox.ByteReader.check;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the packets of one connection must be to each other: CONNACK first and once, nothing after a refusal or a
 * DISCONNECT, and never more than the CONNECT allowed.
 */
final class Conversation {
    private final Version version;
    private Announcement announced = Announcement.NONE;
    private boolean accepted;
    private boolean over;
    private final Map<Long, String> aliases = new HashMap<>();
    private final Set<Integer> unacknowledged = new HashSet<>();

    Conversation(Version version) {
        this.version = version;
    }

    boolean isAccepted() {
        return accepted;
    }

    void announced(Announcement announcement) {
        announced = announcement;
    }

    /** Notes which deliveries the client has answered; knows whole packets only. */
    void sent(byte[] bytes) {
        if (bytes.length < 4) {
            return;
        }
        int id = (bytes[2] & 0xFF) << 8 | (bytes[3] & 0xFF);
        switch (PacketType.of(bytes[0])) {
            case PUBACK, PUBCOMP -> unacknowledged.remove(id);
            case PUBREC -> {
                if (bytes.length > 4 && (bytes[4] & 0x80) != 0) {
                    unacknowledged.remove(id);
                }
            }
            default -> {}
        }
    }

    /** Before the body is read: the size that the header claims. */
    void claims(long size) {
        check(
                size <= announced.maximumPacketSize(),
                size + " bytes, and the client takes at most " + announced.maximumPacketSize());
    }

    void received(Received packet) {
        check(!over, packet + " after the last packet");
        switch (packet.type()) {
            case CONNACK -> connack(packet);
            case AUTH -> check(announced.authenticationMethod(), "AUTH without an Authentication Method in CONNECT");
            default -> check(accepted, packet + " before CONNACK");
        }
        if (!announced.problemInformation()) {
            problems(packet);
        }
        if (packet.type() == PacketType.PUBLISH) {
            publish(packet);
        }
        over |= packet.type() == PacketType.DISCONNECT;
    }

    private void connack(Received packet) {
        check(!accepted, "a second CONNACK");
        accepted = packet.reason() == 0;
        over = !accepted;
        check(
                announced.responseInformation() || !packet.properties().has(Property.RESPONSE_INFORMATION),
                "Response Information that was not asked for");
        check(
                announced.authenticationMethod()
                        || (!packet.properties().has(Property.AUTHENTICATION_METHOD)
                                && !packet.properties().has(Property.AUTHENTICATION_DATA)),
                "an Authentication Method or Data without one in CONNECT");
    }

    private static void problems(Received packet) {
        switch (packet.type()) {
            case PUBLISH, CONNACK, DISCONNECT -> {}
            default ->
                check(
                        !packet.properties().has(Property.REASON_STRING)
                                && !packet.properties().has(Property.USER_PROPERTY),
                        "problem information that was not asked for in " + packet);
        }
    }

    private void publish(Received packet) {
        packet.properties()
                .number(Property.TOPIC_ALIAS)
                .ifPresentOrElse(
                        alias -> alias(packet, alias),
                        () -> check(!packet.topic().isEmpty(), "neither topic nor alias"));
        if (packet.qos() > 0) {
            boolean fresh = unacknowledged.add(packet.packetId());
            check(fresh || (!version.is5() && packet.dup()), "a packet id in use: " + packet);
            check(
                    unacknowledged.size() <= announced.receiveMaximum(),
                    "more than the Receive Maximum of " + announced.receiveMaximum() + " unacknowledged");
        }
    }

    private void alias(Received packet, long alias) {
        check(alias <= announced.topicAliasMaximum(), "alias " + alias + " of " + announced.topicAliasMaximum());
        if (packet.topic().isEmpty()) {
            check(aliases.containsKey(alias), "alias " + alias + " that stands for nothing");
            packet.topic = aliases.get(alias);
        } else {
            aliases.put(alias, packet.topic());
        }
    }
}
