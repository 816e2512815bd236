package io.coppice.observe;

import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * What an operator wants until further notice, or takes back.
 *
 * @param kind what it is about
 * @param name of the key, or kind and value of the ban with a space between
 * @param value of the key, or why somebody is banned; null where what was ordered before is taken back
 * @param at when it was ordered, milliseconds since the epoch: of two about the same the later one counts
 * @param until when it is forgotten; {@link Long#MAX_VALUE} for never
 * @param by who ordered it
 */
record Order(Kind kind, String name, @Nullable String value, long at, long until, String by) {
    enum Kind {
        BAN,
        CONFIG
    }

    private static final Comparator<Order> LATER = Comparator.comparingLong(Order::at)
            .thenComparing(Order::isStanding)
            .thenComparing(order -> String.valueOf(order.value))
            .thenComparingLong(Order::until)
            .thenComparing(Order::by);

    private static final int OVERHEAD = 64;

    /** What it is about: of several with the same one counts. */
    String about() {
        return ViewJson.word(kind) + " " + name;
    }

    boolean isStanding() {
        return value != null;
    }

    boolean isOver(long now) {
        return until <= now;
    }

    /** Whether it counts, of two about the same; every node comes to the same answer. */
    boolean outranks(@Nullable Order other) {
        return other == null || LATER.compare(this, other) > 0;
    }

    /** Characters, roughly, that it takes. */
    int weight() {
        return name.length() + (value == null ? 0 : value.length()) + by.length() + OVERHEAD;
    }

    JsonObject json() {
        return new JsonObject()
                .put("kind", ViewJson.word(kind))
                .put("name", name)
                .put("value", value)
                .put("at", at)
                .put("until", until)
                .put("by", by);
    }

    /** @throws RuntimeException if it is none */
    static Order of(JsonObject json) {
        Kind kind = ViewJson.word(Kind.BAN).equals(json.getString("kind"))
                ? Kind.BAN
                : ViewJson.word(Kind.CONFIG).equals(json.getString("kind")) ? Kind.CONFIG : null;
        String name = json.getString("name");
        String by = json.getString("by");
        if (kind == null || name == null || by == null || by.isEmpty()) {
            throw new IllegalArgumentException("a kind, a name and who has ordered it are wanted");
        }
        if (kind == Kind.BAN) {
            NodeDesk.kind(name.substring(0, Math.max(0, name.indexOf(' '))));
        }
        return new Order(kind, name, json.getString("value"), json.getLong("at"), json.getLong("until"), by);
    }
}
