package io.coppice.codec;

import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import org.jspecify.annotations.Nullable;

/**
 * Reads the properties of a packet and refuses what may not be there: 0x81 where it cannot be read or belongs
 * to another packet, 0x82 where it comes twice or has a value without meaning, 0x94 for Topic Alias 0, 0x97
 * for more User Properties than the limit (MQTT 5, 2.2.2).
 *
 * <p>Properties that {@link io.coppice.mqtt.Packet.Publish} and {@link io.coppice.mqtt.Will} hold in fields
 * of their own are handed out here and are not among the {@link Properties}.
 */
final class PropertyReader {
    private Properties.@Nullable Builder builder;
    private long seen;
    private int userPropertiesLeft;
    private int bytesLeft = Integer.MAX_VALUE;
    private boolean fromBroker;

    private int topicAlias;
    private long messageExpiryInterval;
    private long willDelayInterval;

    /** Begins a packet. */
    void begin(int userPropertiesMax, int propertiesBytesMax) {
        userPropertiesLeft = userPropertiesMax;
        bytesLeft = propertiesBytesMax;
    }

    /** Takes PUBLISH packets that a broker sent or stored, which may bear Subscription Identifiers. */
    PropertyReader fromBroker() {
        fromBroker = true;
        return this;
    }

    /** Topic Alias of the PUBLISH read last, or 0. */
    int topicAlias() {
        return topicAlias;
    }

    /** Message Expiry Interval of the PUBLISH or will read last in seconds, or -1. */
    long messageExpiryInterval() {
        return messageExpiryInterval;
    }

    /** Will Delay Interval of the will read last in seconds. */
    long willDelayInterval() {
        return willDelayInterval;
    }

    /** Property Length and the properties after it. */
    Properties read(PacketReader in, PacketType carrier) {
        topicAlias = 0;
        messageExpiryInterval = -1;
        willDelayInterval = 0;
        int length = in.variableBytes("property length");
        if (length == 0) {
            return Properties.NONE;
        }
        seen = 0;
        builder = null;
        int outer = in.narrow(length, "properties");
        bytesLeft -= length;
        if (bytesLeft < 0) {
            throw new ProtocolError(
                    ReasonCode.QUOTA_EXCEEDED, "more bytes of properties than the limit for one packet");
        }
        while (in.remaining() > 0) {
            one(in, carrier);
        }
        in.widen(outer);
        Properties.Builder collected = builder;
        builder = null;
        return collected == null ? Properties.NONE : collected.build();
    }

    private void one(PacketReader in, PacketType carrier) {
        int id = in.oneByte("property identifier");
        Property property = Property.of(id);
        if (property == null || !property.allowedIn(carrier)) {
            throw PacketReader.malformed("property " + id + " does not exist in " + carrier);
        }
        boolean mayRepeat = property == Property.USER_PROPERTY
                || (property == Property.SUBSCRIPTION_IDENTIFIER && carrier == PacketType.PUBLISH);
        long bit = 1L << property.ordinal();
        if ((seen & bit) != 0 && !mayRepeat) {
            throw wrong(property + " comes twice");
        }
        seen |= bit;
        String name = property.name();
        switch (property.type()) {
            case BYTE -> number(property, in.oneByte(name));
            case TWO_BYTES -> number(property, in.twoBytes(name));
            case FOUR_BYTES -> number(property, in.fourBytes(name));
            case VARIABLE_BYTES -> subscriptionIdentifier(carrier, in.variableBytes(name));
            case STRING -> text(property, in.string(name));
            case BINARY -> builder().binary(property, in.binary(name));
            case STRING_PAIR -> userProperty(in);
        }
    }

    private void number(Property property, long value) {
        switch (property) {
            case TOPIC_ALIAS -> {
                if (value == 0) {
                    throw new ProtocolError(ReasonCode.TOPIC_ALIAS_INVALID, "Topic Alias 0; allowed: 1 to 65535");
                }
                topicAlias = (int) value;
            }
            case MESSAGE_EXPIRY_INTERVAL -> messageExpiryInterval = value;
            case WILL_DELAY_INTERVAL -> willDelayInterval = value;
            default -> {
                checkRange(property, value);
                builder().number(property, value);
            }
        }
    }

    private static void checkRange(Property property, long value) {
        switch (property) {
            case RECEIVE_MAXIMUM, MAXIMUM_PACKET_SIZE -> {
                if (value == 0) {
                    throw wrong(property + " is 0; allowed: 1 and more");
                }
            }
            // Every property of one byte is a yes or no; Payload Format Indicator and Maximum QoS know 0 and 1 too.
            default -> {
                if (property.type() == Property.Type.BYTE && value > 1) {
                    throw wrong(property + " is " + value + "; allowed: 0, 1");
                }
            }
        }
    }

    private void subscriptionIdentifier(PacketType carrier, int value) {
        if (carrier == PacketType.PUBLISH && !fromBroker) {
            throw wrong("a PUBLISH from a client has no Subscription Identifier");
        }
        if (value == 0) {
            throw wrong("Subscription Identifier 0; allowed: 1 to 268435455");
        }
        builder().subscriptionIdentifier(value);
    }

    private void text(Property property, String value) {
        if (property == Property.RESPONSE_TOPIC
                && (value.isEmpty() || value.indexOf('+') >= 0 || value.indexOf('#') >= 0)) {
            throw wrong("Response Topic is a topic name: not empty, without '+' and '#'");
        }
        builder().text(property, value);
    }

    private void userProperty(PacketReader in) {
        if (--userPropertiesLeft < 0) {
            throw new ProtocolError(ReasonCode.QUOTA_EXCEEDED, "more User Properties than the limit for one packet");
        }
        String name = in.string("User Property name");
        builder().user(name, in.string("User Property value"));
    }

    private Properties.Builder builder() {
        Properties.Builder collecting = builder;
        if (collecting == null) {
            collecting = Properties.builder();
            builder = collecting;
        }
        return collecting;
    }

    private static ProtocolError wrong(String detail) {
        return new ProtocolError(ReasonCode.PROTOCOL_ERROR, detail);
    }
}
