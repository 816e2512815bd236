package io.coppice.backup;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.Will;
import io.coppice.session.SessionRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a backup, a line for each thing: a header, what is retained, sessions one after the other, a trailer. What it has
 * written is {@link #take}n away piece by piece, so that a backup of any size needs little memory.
 */
public final class BackupWriter {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();
    private static final HexFormat HEX = HexFormat.of();

    private final Tally tally = new Tally();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private ByteArrayOutputStream out = new ByteArrayOutputStream();

    // Of the session that is being written.
    private @Nullable String clientId;
    private boolean headWritten;
    private long lines;
    private SessionRecord.@Nullable Attached attached;
    private SessionRecord.@Nullable Parked parked;
    /** Its line is not written before it is known whether it was sent. */
    private SessionRecord.@Nullable Enqueued message;

    private int packetId;
    private boolean received;

    /** Writes the fields of a line. */
    private interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    public void header(BackupEntry.Header header) {
        write(Kind.HEADER, json -> {
            json.writeStringField("format", BackupReader.FORMAT);
            json.writeNumberField("version", BackupReader.VERSION);
            json.writeStringField("release", header.release());
            json.writeStringField("node", header.node());
            json.writeStringField("cluster", header.cluster());
            MessageFields.time("at", header.at(), json);
        });
    }

    public void retained(Message retained) {
        write(Kind.RETAINED, json -> MessageFields.write(retained, json));
    }

    /**
     * Writes a session, or a part of one: the parts of a session follow each other.
     *
     * @param records as {@link io.coppice.session.Session#snapshot} gives them
     * @param last whether nothing of the session follows
     */
    public void session(String ofClient, List<SessionRecord> records, boolean last) {
        if (clientId == null) {
            begin(ofClient);
        } else if (!clientId.equals(ofClient)) {
            throw new IllegalStateException("the session of " + clientId + " is not at its end");
        }
        records.forEach(this::record);
        if (last) {
            end();
        }
    }

    private void begin(String ofClient) {
        clientId = ofClient;
        headWritten = false;
        lines = 0;
        attached = null;
        parked = null;
        message = null;
    }

    private void record(SessionRecord record) {
        if (record instanceof SessionRecord.Attached connection) {
            attached = connection;
        } else if (record instanceof SessionRecord.Parked end) {
            parked = end;
        } else if (record instanceof SessionRecord.Assigned assigned) {
            packetId = assigned.packetId();
        } else if (record instanceof SessionRecord.Received) {
            received = true;
        } else {
            flush();
            if (record instanceof SessionRecord.Enqueued enqueued) {
                message = enqueued;
                packetId = 0;
                received = false;
            } else {
                line(record);
            }
        }
    }

    private void line(SessionRecord record) {
        if (record instanceof SessionRecord.Subscribed subscribed) {
            write(Kind.SUBSCRIPTION, json -> subscription(subscribed.subscription(), json));
        } else if (record instanceof SessionRecord.Accepted accepted) {
            write(Kind.INBOUND, json -> {
                json.writeNumberField("packetId", accepted.packetId());
                MessageFields.write(accepted.message(), json);
            });
        } else if (record instanceof SessionRecord.Routed routed) {
            write(Kind.INBOUND, json -> {
                json.writeNumberField("packetId", routed.packetId());
                json.writeBooleanField("routed", true);
            });
        } else if (record instanceof SessionRecord.Newest newest) {
            write(Kind.SEEN, json -> seen(newest, json));
        } else if (!(record instanceof SessionRecord.Settled)) { // which number was used last matters to nobody else
            throw new IllegalStateException(record + " is not part of a snapshot");
        }
    }

    /** Writes what waited to be known whole. */
    private void flush() {
        if (!headWritten) {
            headWritten = true;
            write(Kind.SESSION, this::head);
        }
        SessionRecord.Enqueued whole = message;
        if (whole != null) {
            message = null;
            write(Kind.MESSAGE, json -> message(whole, json));
        }
    }

    private void head(JsonGenerator json) throws IOException {
        SessionRecord.Attached connection = attached;
        SessionRecord.Parked end = parked;
        json.writeStringField("clientId", String.valueOf(clientId));
        long interval =
                end != null ? end.sessionExpiryInterval() : connection != null ? connection.sessionExpiryInterval() : 0;
        json.writeNumberField("sessionExpiryInterval", interval);
        if (connection != null) {
            MessageFields.time("connectedAt", connection.at(), json);
        }
        if (end != null) {
            MessageFields.time("disconnectedAt", end.at(), json);
        }
        String owner = connection == null ? null : connection.owner();
        if (owner != null) {
            json.writeStringField("owner", owner);
        }
        Will will = connection == null ? null : connection.will();
        if (will != null) {
            json.writeObjectFieldStart("will");
            MessageFields.write(will, json);
            json.writeEndObject();
        }
    }

    private static void subscription(Subscription subscription, JsonGenerator json) throws IOException {
        SubscriptionOptions options = subscription.options();
        json.writeStringField("filter", subscription.filter().value());
        json.writeNumberField("qos", options.maximumQos().code());
        json.writeBooleanField("noLocal", options.noLocal());
        json.writeBooleanField("retainAsPublished", options.retainAsPublished());
        json.writeNumberField("retainHandling", options.retainHandling().code());
        if (subscription.identifier() != 0) {
            json.writeNumberField("identifier", subscription.identifier());
        }
    }

    private void message(SessionRecord.Enqueued enqueued, JsonGenerator json) throws IOException {
        json.writeNumberField("qos", enqueued.qos().code());
        if (enqueued.retain()) {
            json.writeBooleanField("retain", true);
        }
        if (packetId != 0) {
            json.writeNumberField("packetId", packetId);
        }
        if (received) {
            json.writeBooleanField("received", true);
        }
        if (enqueued.subscriptionIdentifiers().length > 0) {
            int[] identifiers = enqueued.subscriptionIdentifiers();
            json.writeFieldName("subscriptionIdentifiers");
            json.writeArray(identifiers, 0, identifiers.length);
        }
        TopicFilter share = enqueued.share();
        if (share != null) {
            json.writeStringField("share", share.value());
        }
        MessageFields.write(enqueued.message(), json);
    }

    private static void seen(SessionRecord.Newest newest, JsonGenerator json) throws IOException {
        json.writeStringField("publisher", newest.publisher());
        json.writeNumberField("number", newest.number());
        if (newest.before().length > 0) {
            StringBuilder bits = new StringBuilder();
            for (long word : newest.before()) {
                bits.append(HEX.toHexDigits(word));
            }
            json.writeStringField("before", bits.toString());
        }
    }

    private void end() {
        flush();
        String ended = String.valueOf(clientId);
        long all = lines;
        write(Kind.END, json -> {
            json.writeStringField("clientId", ended);
            json.writeNumberField("lines", all);
        });
        clientId = null;
    }

    /** @param leftOut sessions that should be here and are not */
    public void trailer(long leftOut) {
        if (clientId != null) {
            throw new IllegalStateException("the session of " + clientId + " is not at its end");
        }
        BackupCounts counts = tally.counts();
        write(Kind.TRAILER, json -> {
            json.writeNumberField("retained", counts.retained());
            json.writeNumberField("sessions", counts.sessions());
            json.writeNumberField("subscriptions", counts.subscriptions());
            json.writeNumberField("messages", counts.messages());
            json.writeNumberField("inbound", counts.inbound());
            json.writeNumberField("seen", counts.seen());
            json.writeNumberField("leftOut", leftOut);
        });
    }

    private void write(Kind kind, Body body) {
        tally.add(kind);
        if (kind.isPartOfSession()) {
            lines++;
        }
        line.reset();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("kind", kind.word());
            body.write(json);
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible); // it is written to memory
        }
        byte[] bytes = line.toByteArray();
        int open = bytes.length - 1; // the closing brace comes with the seal
        out.write(bytes, 0, open);
        out.writeBytes(Sealed.seal(bytes, open));
        out.write('\n');
    }

    /** What was written since this was asked last. */
    public byte[] take() {
        byte[] taken = out.toByteArray();
        out = new ByteArrayOutputStream();
        return taken;
    }

    public BackupCounts counts() {
        return tally.counts();
    }
}
