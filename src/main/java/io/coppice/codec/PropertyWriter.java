package io.coppice.codec;

import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.UserProperty;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;

/** Writes properties, without the Property Length before them (MQTT 5, 2.2.2). */
final class PropertyWriter {
    private PropertyWriter() {}

    /** Bytes of {@link #write}. */
    static int size(Properties properties) {
        if (properties.isEmpty()) {
            return 0;
        }
        int size = 0;
        for (Map.Entry<Property, Object> entry : properties.singles().entrySet()) {
            size += 1 + valueSize(entry.getKey(), entry.getValue());
        }
        List<UserProperty> userProperties = properties.userProperties();
        for (int i = 0; i < userProperties.size(); i++) {
            UserProperty pair = userProperties.get(i);
            size += 1 + PacketWriter.stringSize(pair.name()) + PacketWriter.stringSize(pair.value());
        }
        return size + identifiersSize(properties.subscriptionIdentifiers());
    }

    static int identifiersSize(int[] subscriptionIdentifiers) {
        int size = 0;
        for (int identifier : subscriptionIdentifiers) {
            size += 1 + PacketWriter.variableSize(identifier);
        }
        return size;
    }

    private static int valueSize(Property property, Object value) {
        return switch (property.type()) {
            case BYTE -> 1;
            case TWO_BYTES -> 2;
            case FOUR_BYTES -> 4;
            case VARIABLE_BYTES -> PacketWriter.variableSize(((Long) value).intValue());
            case STRING, STRING_PAIR -> PacketWriter.stringSize((String) value);
            case BINARY -> PacketWriter.binarySize((byte[]) value);
        };
    }

    static void write(Properties properties, ByteBuf out) {
        if (properties.isEmpty()) {
            return;
        }
        for (Map.Entry<Property, Object> entry : properties.singles().entrySet()) {
            out.writeByte(entry.getKey().id());
            value(entry.getKey(), entry.getValue(), out);
        }
        List<UserProperty> userProperties = properties.userProperties();
        for (int i = 0; i < userProperties.size(); i++) {
            out.writeByte(Property.USER_PROPERTY.id());
            PacketWriter.string(userProperties.get(i).name(), out);
            PacketWriter.string(userProperties.get(i).value(), out);
        }
        identifiers(properties.subscriptionIdentifiers(), out);
    }

    static void identifiers(int[] subscriptionIdentifiers, ByteBuf out) {
        for (int identifier : subscriptionIdentifiers) {
            out.writeByte(Property.SUBSCRIPTION_IDENTIFIER.id());
            PacketWriter.variableBytes(identifier, out);
        }
    }

    private static void value(Property property, Object value, ByteBuf out) {
        switch (property.type()) {
            case BYTE -> out.writeByte(((Long) value).intValue());
            case TWO_BYTES -> out.writeShort(((Long) value).intValue());
            case FOUR_BYTES -> out.writeInt(((Long) value).intValue());
            case VARIABLE_BYTES -> PacketWriter.variableBytes(((Long) value).intValue(), out);
            case STRING, STRING_PAIR -> PacketWriter.string((String) value, out);
            case BINARY -> PacketWriter.binary((byte[]) value, out);
        }
    }

    /**
     * The same without User Properties and, where asked, without Reason String. For packets that answer: they
     * have no Subscription Identifiers.
     */
    static Properties stripped(Properties properties, boolean keepReasonString) {
        if (properties.userProperties().isEmpty() && (keepReasonString || !properties.has(Property.REASON_STRING))) {
            return properties;
        }
        Properties.Builder kept = Properties.builder();
        for (Map.Entry<Property, Object> entry : properties.singles().entrySet()) {
            Property property = entry.getKey();
            Object value = entry.getValue();
            if (property == Property.REASON_STRING && !keepReasonString) {
                continue;
            }
            if (value instanceof Long number) {
                kept.number(property, number);
            } else if (value instanceof byte[] data) {
                kept.binary(property, data);
            } else {
                kept.text(property, (String) value);
            }
        }
        return kept.build();
    }
}
