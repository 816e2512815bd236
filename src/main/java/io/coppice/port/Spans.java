package io.coppice.port;

import io.coppice.mqtt.SpanContext;
import org.jspecify.annotations.Nullable;

/** Takes the spans that a broker makes of messages. Called on loops, only for messages that are sampled; not to do more than to note it. */
public interface Spans {
    /** What a span is about, in the order of a message's way. */
    enum Kind {
        /** From the PUBLISH to its answer. */
        PUBLISH,
        /** From the PUBLISH until everyone whom it concerns here was handed the message. */
        ROUTE,
        /** It leaves for another node. */
        FORWARD,
        /** It has come from another node. */
        ARRIVE,
        /** From the PUBLISH to a client until that one has acknowledged it. */
        DELIVER
    }

    /**
     * Something that has just ended.
     *
     * @param context of the span itself
     * @param parent 0 for none
     * @param nanos that it has taken
     * @param message by which traces name the message
     * @param client of {@link Kind#PUBLISH} and {@link Kind#DELIVER}
     * @param peer the other node, of {@link Kind#FORWARD} and {@link Kind#ARRIVE}
     * @param size bytes of the payload
     * @param fault why it has failed; null where it has not
     */
    record Span(
            Kind kind,
            SpanContext context,
            long parent,
            long nanos,
            long message,
            String topic,
            int qos,
            int size,
            @Nullable String client,
            @Nullable String peer,
            @Nullable String fault) {}

    void ended(Span span);
}
