package io.coppice.observe;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.UserProperty;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Messages as JSON, with all of their payload, its beginning, or none. */
final class MessageJson {
    /** Bytes of a payload in a list. */
    static final int PREVIEW_BYTES_MAX = 256;

    private static final int CONTINUATION_MASK = 0xC0;
    private static final int CONTINUATION = 0x80;

    private MessageJson() {}

    /** What is told of a message wherever it stands. */
    static JsonObject brief(Message message) {
        JsonObject json = new JsonObject()
                .put("topic", message.topic().value())
                .put("qos", message.qos().code())
                .put("retain", message.retain())
                .put("payloadBytes", message.payload().length)
                .put("publisher", message.publisher());
        if (message.expiresAt() != Message.NEVER) {
            json.put("expiresAt", Instant.ofEpochMilli(message.expiresAt()).toString());
        }
        return json;
    }

    static JsonObject whole(Message message) {
        JsonObject json = brief(message);
        payload(json, message.payload());
        return json.put("properties", properties(message.properties()));
    }

    static JsonObject preview(Message message) {
        byte[] payload = message.payload();
        boolean cut = payload.length > PREVIEW_BYTES_MAX;
        JsonObject json = brief(message).put("payloadIsCut", cut);
        payload(json, cut ? beginning(payload) : payload);
        return json;
    }

    /** Not in the middle of a character, should it be text. */
    private static byte[] beginning(byte[] payload) {
        int end = PREVIEW_BYTES_MAX;
        while (end > PREVIEW_BYTES_MAX - 4 && (payload[end] & CONTINUATION_MASK) == CONTINUATION) {
            end--;
        }
        return Arrays.copyOf(payload, end);
    }

    private static void payload(JsonObject json, byte[] payload) {
        String text = text(payload);
        if (text != null) {
            json.put("payload", text);
        } else {
            json.put("payloadBase64", Base64.getEncoder().encodeToString(payload));
        }
    }

    private static @Nullable String text(byte[] payload) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(payload))
                    .toString();
        } catch (CharacterCodingException binary) {
            return null;
        }
    }

    private static JsonObject properties(Properties properties) {
        JsonObject json = new JsonObject();
        if (properties.has(Property.PAYLOAD_FORMAT_INDICATOR)) {
            json.put("payloadFormatIndicator", properties.number(Property.PAYLOAD_FORMAT_INDICATOR, 0));
        }
        if (properties.has(Property.CONTENT_TYPE)) {
            json.put("contentType", properties.text(Property.CONTENT_TYPE));
        }
        if (properties.has(Property.RESPONSE_TOPIC)) {
            json.put("responseTopic", properties.text(Property.RESPONSE_TOPIC));
        }
        byte[] correlation = properties.binary(Property.CORRELATION_DATA);
        if (correlation != null) {
            json.put("correlationDataBase64", Base64.getEncoder().encodeToString(correlation));
        }
        if (!properties.userProperties().isEmpty()) {
            JsonArray all = new JsonArray();
            for (UserProperty each : properties.userProperties()) {
                all.add(new JsonObject().put("name", each.name()).put("value", each.value()));
            }
            json.put("userProperties", all);
        }
        return json;
    }
}
