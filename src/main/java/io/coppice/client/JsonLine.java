package io.coppice.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message as an object of JSON on one line, with the names that Mosquitto gives its members. A payload that is no UTF-8
 * stands in {@code payload_base64}.
 */
final class JsonLine {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamWriteFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private JsonLine() {}

    /**
     * @param parsed whether a payload that is JSON stands there as such, and not as text
     * @param ascii whether all else is escaped, so that a terminal shows what is there
     */
    static byte[] of(Arrived message, Instant now, boolean parsed, boolean ascii) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(message.payload().length + 128);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.configure(JsonWriteFeature.ESCAPE_NON_ASCII.mappedFeature(), ascii);
            json.writeStartObject();
            json.writeStringField("tst", Layout.TIME.format(now));
            json.writeStringField("topic", message.topic());
            json.writeNumberField("qos", message.qos());
            json.writeNumberField("retain", message.retain() ? 1 : 0);
            json.writeNumberField("payloadlen", message.payload().length);
            properties(message, json);
            payload(message.payload(), parsed, json);
            json.writeEndObject();
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        return bytes.toByteArray();
    }

    private static void properties(Arrived message, JsonGenerator json) throws IOException {
        byte[] correlation = message.correlationData();
        boolean none = message.userProperties().isEmpty()
                && message.contentType() == null
                && message.expirySeconds() == null
                && message.responseTopic() == null
                && message.payloadFormat() == null
                && correlation == null;
        if (none) {
            return;
        }
        json.writeObjectFieldStart("properties");
        Integer format = message.payloadFormat();
        if (format != null) {
            json.writeNumberField("payload-format-indicator", format);
        }
        Long expiry = message.expirySeconds();
        if (expiry != null) {
            json.writeNumberField("message-expiry-interval", expiry);
        }
        string("content-type", message.contentType(), json);
        string("response-topic", message.responseTopic(), json);
        if (correlation != null) {
            bytes("correlation-data", correlation, json);
        }
        if (!message.userProperties().isEmpty()) {
            // A list: names may stand there more than once, and their order counts.
            json.writeArrayFieldStart("user-properties");
            for (Map.Entry<String, String> pair : message.userProperties()) {
                json.writeStartObject();
                json.writeStringField("name", pair.getKey());
                json.writeStringField("value", pair.getValue());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void string(String name, @Nullable String value, JsonGenerator json) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    private static void payload(byte[] payload, boolean parsed, JsonGenerator json) throws IOException {
        if (parsed && isJson(payload)) {
            json.writeFieldName("payload");
            try (JsonParser parser = JSON.createParser(payload)) {
                while (parser.nextToken() != null) {
                    json.copyCurrentEventExact(parser);
                }
            }
        } else {
            bytes("payload", payload, json);
        }
    }

    /** Whether it is one value, and nothing behind it. */
    private static boolean isJson(byte[] payload) {
        try (JsonParser parser = JSON.createParser(payload)) {
            parser.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
            int depth = 0;
            int values = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isStructEnd()) {
                    depth--;
                    continue;
                }
                values += depth == 0 ? 1 : 0;
                if (token.isStructStart()) {
                    depth++;
                } else {
                    parser.finishToken();
                }
            }
            return values == 1;
        } catch (IOException no) {
            return false;
        }
    }

    private static void bytes(String name, byte[] value, JsonGenerator json) throws IOException {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(value))
                    .toString();
            json.writeStringField(name, text);
        } catch (CharacterCodingException binary) {
            json.writeStringField(name + "_base64", Base64.getEncoder().encodeToString(value));
        }
    }
}
