package io.coppice.admin;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What stands in the cells of tables. */
final class Cells {
    private static final String NONE = "-";
    private static final int PAYLOAD_MAX = 60;

    private Cells() {}

    /** A dash where there is nothing. */
    static String of(JsonObject of, String name) {
        Object value = of.getValue(name);
        return value == null || value.equals("") ? NONE : value.toString();
    }

    static @Nullable String seconds(JsonObject of, String name) {
        Integer seconds = of.getInteger(name);
        return seconds == null ? null : seconds == 0 ? "none" : seconds + " s";
    }

    static String expiry(JsonObject client) {
        Long seconds = client.getLong("sessionExpirySeconds");
        return seconds == null ? "never" : seconds + " s after the connection";
    }

    static String queued(JsonObject session) {
        long stored = session.getLong("queuedInStore", 0L);
        return session.getLong("queuedMessages") + " messages, " + session.getLong("queuedBytes", 0L) + " bytes"
                + (stored > 0 ? ", " + stored + " of them on disk only" : "");
    }

    static String options(JsonObject subscription) {
        List<String> options = new ArrayList<>();
        if (Boolean.TRUE.equals(subscription.getBoolean("noLocal"))) {
            options.add("no local");
        }
        if (Boolean.TRUE.equals(subscription.getBoolean("retainAsPublished"))) {
            options.add("retain as published");
        }
        int handling = subscription.getInteger("retainHandling", 0);
        if (handling != 0) {
            options.add("retain handling " + handling);
        }
        int identifier = subscription.getInteger("identifier", 0);
        if (identifier != 0) {
            options.add("identifier " + identifier);
        }
        return options.isEmpty() ? NONE : String.join(", ", options);
    }

    /** The beginning of a text, or how many bytes there are. */
    static String payload(JsonObject message) {
        String text = message.getString("payload");
        if (text == null) {
            return message.containsKey("payloadBase64") ? "(no text)" : NONE;
        }
        return text.length() > PAYLOAD_MAX ? text.substring(0, PAYLOAD_MAX) + "…" : text;
    }
}
