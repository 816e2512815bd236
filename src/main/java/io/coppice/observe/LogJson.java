package io.coppice.observe;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/**
 * The log for machines: an object of JSON on each line, in ASCII.
 *
 * <pre>{"time":"2026-01-01T12:00:01.250Z","level":"WARN","node":"a","subsystem":"broker","logger":"…","event":"…","message":"…"}</pre>
 *
 * {@code src/docs/LOGS.md} lists the members.
 */
public final class LogJson extends EncoderBase<ILoggingEvent> {
    /** The property of the logger context that names the node. */
    static final String NODE = "node";

    private static final JsonFactory JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    @Override
    public byte[] encode(ILoggingEvent event) {
        ByteArrayOutputStream line = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("time", LogLine.time(event));
            json.writeStringField("level", event.getLevel().toString());
            String node = getContext() == null ? null : getContext().getProperty(NODE);
            if (node != null) {
                json.writeStringField(NODE, node);
            }
            json.writeStringField("subsystem", LogLine.subsystem(event.getLoggerName()));
            json.writeStringField("logger", event.getLoggerName());
            String name = LogLine.event(event);
            if (!name.isEmpty()) {
                json.writeStringField(LogLine.EVENT, name);
            }
            json.writeStringField("message", String.valueOf(event.getFormattedMessage()));
            pairs(event.getKeyValuePairs(), json);
            IThrowableProxy thrown = event.getThrowableProxy();
            if (thrown != null) {
                StringBuilder failure = new StringBuilder(512);
                LogLine.failure(thrown, "\n", failure);
                json.writeStringField("failure", failure.toString());
            }
            json.writeStringField("thread", event.getThreadName());
            json.writeEndObject();
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        line.write('\n');
        return line.toByteArray();
    }

    private static void pairs(List<KeyValuePair> pairs, JsonGenerator json) throws IOException {
        if (pairs == null) {
            return;
        }
        for (KeyValuePair pair : pairs) {
            if (pair.key.equals(LogLine.EVENT)) {
                continue;
            }
            if (pair.value instanceof Number number) {
                json.writeNumberField(pair.key, number.longValue());
            } else {
                json.writeStringField(pair.key, String.valueOf(pair.value));
            }
        }
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }
}
