package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.SpanContext;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Trail;
import io.coppice.mqtt.UserProperty;
import io.coppice.port.Spans;
import io.coppice.port.Spans.Kind;
import io.coppice.port.Spans.Span;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes spans of some messages on one loop: publish, route, and for each receiver deliver; forward and arrive between nodes. A message's
 * name is the identifier of its publish span.
 */
final class ShardSpans {
    private final Spans told;
    private final int sample;
    private final LongSupplier names;
    private final LongSupplier nanos;
    private int messages;

    /**
     * @param sample of so many messages whose publisher has begun no trace one is sampled; 0 for none
     * @param names never 0
     */
    ShardSpans(Spans told, int sample, LongSupplier names, LongSupplier nanos) {
        this.told = told;
        this.sample = sample;
        this.names = names;
        this.nanos = nanos;
    }

    /**
     * What a message is followed by from its publish span on.
     *
     * @param route the context of its route span
     * @param parent that of its publish span, 0 for none
     */
    record Begun(SpanContext route, long parent) {}

    /** Null for a message of which no spans are made. A publisher that makes spans of it decides, and so does one that does not. */
    @Nullable
    Begun begin(Message message) {
        SpanContext.Parent parent = null;
        for (UserProperty each : message.properties().userProperties()) {
            if (each.name().equals(SpanContext.TRACEPARENT)) {
                parent = SpanContext.read(each.value());
                break;
            }
        }
        if (parent != null) {
            SpanContext context = parent.context();
            return parent.sampled() ? new Begun(context.next(names.getAsLong()), context.span()) : null;
        }
        if (sample == 0) {
            return null;
        }
        boolean taken = messages == 0;
        messages = messages + 1 == sample ? 0 : messages + 1;
        return taken ? new Begun(new SpanContext(names.getAsLong(), names.getAsLong(), names.getAsLong()), 0) : null;
    }

    long now() {
        return nanos.getAsLong();
    }

    /** A PUBLISH was answered, or is one at QoS 0. */
    void published(SpanContext route, Followed message, String client, @Nullable String fault) {
        long name = message.trail().message();
        end(Kind.PUBLISH, route.next(name), message.parent(), message.since(), message, client, null, fault);
    }

    void routed(SpanContext route, Message message, Trail trail, long since) {
        Followed followed = Followed.of(message, trail, message.qos(), since, 0);
        end(Kind.ROUTE, route, trail.message(), since, followed, null, null, null);
    }

    /**
     * A step between nodes, which takes no time by the clock of either.
     *
     * @param last the context of the span before
     * @return that of this one
     */
    SpanContext between(Kind kind, SpanContext last, Message message, Trail trail, String peer) {
        SpanContext span = last.next(names.getAsLong());
        Followed followed = Followed.of(message, trail, message.qos(), now(), 0);
        end(kind, span, last.span(), followed.since(), followed, null, peer, null);
        return span;
    }

    void delivered(SpanContext last, Followed message, @Nullable String client, @Nullable String fault) {
        end(Kind.DELIVER, last.next(names.getAsLong()), last.span(), message.since(), message, client, null, fault);
    }

    private void end(
            Kind kind,
            SpanContext span,
            long parent,
            long since,
            Followed message,
            @Nullable String client,
            @Nullable String peer,
            @Nullable String fault) {
        TopicName topic = message.topic();
        Qos qos = message.qos();
        told.ended(new Span(
                kind,
                span,
                parent,
                Math.max(0, now() - since),
                message.trail().message(),
                topic.value(),
                qos.code(),
                message.size(),
                client,
                peer,
                fault));
    }
}
