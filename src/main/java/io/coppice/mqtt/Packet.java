package io.coppice.mqtt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A control packet whose form has been checked (MQTT 5, 3). Packets of MQTT 3.1 and 3.1.1 are the same
 * records with {@link Properties#NONE} and the reason codes of version 5; the codec translates.
 * Packet identifiers are 1 to 65,535, and 0 where there is none. Arrays are not to be written to.
 */
public sealed interface Packet {
    PacketType type();

    /**
     * @param keepAlive seconds, 0 to 65,535; 0 means none
     * @param clientId may be empty
     */
    record Connect(
            ProtocolVersion version,
            boolean cleanStart,
            int keepAlive,
            String clientId,
            @Nullable Will will,
            @Nullable String userName,
            byte @Nullable [] password,
            Properties properties)
            implements Packet {
        @Override
        public PacketType type() {
            return PacketType.CONNECT;
        }
    }

    record ConnAck(boolean sessionPresent, ReasonCode reasonCode, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.CONNACK;
        }
    }

    /**
     * @param topic null where the packet has an empty topic name and a topic alias
     * @param topicAlias 1 to 65,535, or 0 for none
     * @param messageExpiryInterval seconds, or -1 for none
     * @param properties those that travel with the message (see {@link Message}), and Subscription Identifiers
     *     when the broker sends it
     */
    record Publish(
            boolean dup,
            Qos qos,
            boolean retain,
            @Nullable TopicName topic,
            int packetId,
            int topicAlias,
            long messageExpiryInterval,
            Properties properties,
            byte[] payload)
            implements Packet {
        @Override
        public PacketType type() {
            return PacketType.PUBLISH;
        }
    }

    record PubAck(int packetId, ReasonCode reasonCode, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.PUBACK;
        }
    }

    record PubRec(int packetId, ReasonCode reasonCode, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.PUBREC;
        }
    }

    record PubRel(int packetId, ReasonCode reasonCode, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.PUBREL;
        }
    }

    record PubComp(int packetId, ReasonCode reasonCode, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.PUBCOMP;
        }
    }

    /**
     * One topic filter of a SUBSCRIBE as the client wrote it: not yet known to be valid, because the answer to
     * a bad one is a reason code of its own, not the end of the connection.
     */
    record Request(String filter, SubscriptionOptions options) {}

    /** @param requests one or more, in the order of the packet */
    record Subscribe(int packetId, List<Request> requests, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.SUBSCRIBE;
        }
    }

    record SubAck(int packetId, List<ReasonCode> reasonCodes, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.SUBACK;
        }
    }

    /** @param filters one or more, in the order of the packet, as the client wrote them */
    record Unsubscribe(int packetId, List<String> filters, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.UNSUBSCRIBE;
        }
    }

    record UnsubAck(int packetId, List<ReasonCode> reasonCodes, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.UNSUBACK;
        }
    }

    record PingReq() implements Packet {
        @Override
        public PacketType type() {
            return PacketType.PINGREQ;
        }
    }

    record PingResp() implements Packet {
        @Override
        public PacketType type() {
            return PacketType.PINGRESP;
        }
    }

    record Disconnect(ReasonCode reasonCode, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.DISCONNECT;
        }
    }

    record Auth(ReasonCode reasonCode, Properties properties) implements Packet {
        @Override
        public PacketType type() {
            return PacketType.AUTH;
        }
    }
}
