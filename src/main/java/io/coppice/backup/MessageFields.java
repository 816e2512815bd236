package io.coppice.backup;

import com.fasterxml.jackson.core.JsonGenerator;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.UserProperty;
import io.coppice.mqtt.Will;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Messages and wills as fields of a line. What a message does not have is left out. */
final class MessageFields {
    private static final long FOUR_BYTES_MAX = 0xFFFF_FFFFL;
    /** The last moment that has a text of four digits for its year. */
    private static final long TIME_MAX = 253_402_300_799_999L;

    private MessageFields() {}

    static void write(Message message, JsonGenerator json) throws IOException {
        json.writeStringField("topic", message.topic().value());
        json.writeNumberField("publishedQos", message.qos().code());
        if (message.retain()) {
            json.writeBooleanField("publishedRetain", true);
        }
        json.writeBinaryField("payload", message.payload());
        properties(message.properties(), json);
        if (message.expiresAt() != Message.NEVER) {
            time("expiresAt", message.expiresAt(), json);
        }
        if (!message.publisher().isEmpty()) {
            json.writeStringField("publisher", message.publisher());
            write(message.by(), json);
        }
        if (message.number() != 0) {
            json.writeNumberField("number", message.number());
        }
    }

    static Message message(Fields fields) {
        TopicName topic = topic(fields);
        Qos qos = qos(fields, "publishedQos", 0);
        boolean retain = fields.flag("publishedRetain");
        byte[] payload = fields.bytes("payload");
        Properties properties = properties(fields);
        long expiresAt = fields.timeOr("expiresAt", Message.NEVER);
        Publisher by = publisher(fields);
        long number = fields.numberOr("number", Long.MIN_VALUE, Long.MAX_VALUE, 0);
        return new Message(topic, payload, qos, retain, properties, expiresAt, by, number);
    }

    private static void write(Publisher by, JsonGenerator json) throws IOException {
        String user = by.user();
        if (user != null) {
            json.writeStringField("publisherUser", user);
        }
        if (by.kind() != Publisher.Kind.UNKNOWN) {
            json.writeStringField("publisherKind", by.kind().name().toLowerCase(Locale.ROOT));
        }
    }

    private static Publisher publisher(Fields fields) {
        String clientId = fields.textOr("publisher", "");
        if (clientId.isEmpty()) {
            return Publisher.THIS_NODE;
        }
        String user = fields.has("publisherUser") ? fields.text("publisherUser") : null;
        return new Publisher(clientId, user, kind(fields), Publisher.NO_EPOCH);
    }

    private static Publisher.Kind kind(Fields fields) {
        if (!fields.has("publisherKind")) { // versions before 3 have neither this nor the user
            return Publisher.Kind.UNKNOWN;
        }
        String word = fields.text("publisherKind");
        return switch (word) {
            case "ruled" -> Publisher.Kind.RULED;
            case "granted" -> Publisher.Kind.GRANTED;
            case "node" -> Publisher.Kind.NODE;
            default ->
                throw new WrongField(
                        "field publisherKind is " + word + "; allowed: ruled, granted or node, or left out");
        };
    }

    static void write(Will will, JsonGenerator json) throws IOException {
        json.writeStringField("topic", will.topic().value());
        json.writeNumberField("qos", will.qos().code());
        if (will.retain()) {
            json.writeBooleanField("retain", true);
        }
        json.writeBinaryField("payload", will.payload());
        properties(will.properties(), json);
        json.writeNumberField("delayInterval", will.delayInterval());
        if (will.messageExpiryInterval() >= 0) {
            json.writeNumberField("messageExpiryInterval", will.messageExpiryInterval());
        }
    }

    static Will will(Fields fields) {
        TopicName topic = topic(fields);
        Qos qos = qos(fields, "qos", 0);
        boolean retain = fields.flag("retain");
        byte[] payload = fields.bytes("payload");
        Properties properties = properties(fields);
        long delayInterval = fields.number("delayInterval", 0, FOUR_BYTES_MAX);
        long messageExpiryInterval = fields.numberOr("messageExpiryInterval", 0, FOUR_BYTES_MAX, -1);
        fields.nothingLeft();
        return new Will(topic, payload, qos, retain, properties, delayInterval, messageExpiryInterval);
    }

    /** @param least the lowest that may be there */
    static Qos qos(Fields fields, String name, int least) {
        return Qos.of((int) fields.number(name, least, 2));
    }

    private static TopicName topic(Fields fields) {
        try {
            return TopicName.of(fields.text("topic"));
        } catch (ProtocolError invalid) {
            throw new WrongField("field topic: " + invalid.detail());
        }
    }

    static void time(String name, long millis, JsonGenerator json) throws IOException {
        json.writeStringField(
                name, Instant.ofEpochMilli(Math.min(millis, TIME_MAX)).toString());
    }

    private static void properties(Properties properties, JsonGenerator json) throws IOException {
        if (properties.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("properties");
        if (properties.has(Property.PAYLOAD_FORMAT_INDICATOR)) {
            json.writeNumberField("payloadFormatIndicator", properties.number(Property.PAYLOAD_FORMAT_INDICATOR, 0));
        }
        String contentType = properties.text(Property.CONTENT_TYPE);
        if (contentType != null) {
            json.writeStringField("contentType", contentType);
        }
        String responseTopic = properties.text(Property.RESPONSE_TOPIC);
        if (responseTopic != null) {
            json.writeStringField("responseTopic", responseTopic);
        }
        byte[] correlationData = properties.binary(Property.CORRELATION_DATA);
        if (correlationData != null) {
            json.writeBinaryField("correlationData", correlationData);
        }
        List<UserProperty> userProperties = properties.userProperties();
        if (!userProperties.isEmpty()) {
            json.writeArrayFieldStart("userProperties");
            for (UserProperty each : userProperties) {
                json.writeStartArray();
                json.writeString(each.name());
                json.writeString(each.value());
                json.writeEndArray();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static Properties properties(Fields outer) {
        Fields fields = outer.object("properties");
        if (fields == null) {
            return Properties.NONE;
        }
        Properties.Builder properties = Properties.builder();
        if (fields.has("payloadFormatIndicator")) {
            properties.number(Property.PAYLOAD_FORMAT_INDICATOR, fields.number("payloadFormatIndicator", 0, 1));
        }
        if (fields.has("contentType")) {
            properties.text(Property.CONTENT_TYPE, fields.text("contentType"));
        }
        if (fields.has("responseTopic")) {
            properties.text(Property.RESPONSE_TOPIC, responseTopic(fields));
        }
        if (fields.has("correlationData")) {
            properties.binary(Property.CORRELATION_DATA, correlationData(fields));
        }
        fields.pairs("userProperties").forEach(pair -> properties.user(pair.get(0), pair.get(1)));
        fields.nothingLeft();
        return properties.build();
    }

    private static String responseTopic(Fields fields) {
        String topic = fields.word("responseTopic");
        if (topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0) {
            throw new WrongField("field properties.responseTopic has a wildcard; allowed: a topic name");
        }
        return topic;
    }

    private static byte[] correlationData(Fields fields) {
        byte[] data = fields.bytes("correlationData");
        if (data.length > 65_535) {
            throw new WrongField(
                    "field properties.correlationData has " + data.length + " bytes; allowed: up to 65535");
        }
        return data;
    }
}
