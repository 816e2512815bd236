package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.SpanContext;
import io.coppice.mqtt.Trail;
import io.coppice.port.Connection;
import io.coppice.port.Spans;
import io.coppice.port.Tracing.Event;
import io.coppice.port.Tracing.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What operators follow on one loop. Whoever passes a packet or a message on asks a field first, which is false or null for all that
 * nobody follows; only what is followed comes here.
 */
final class ShardTracing {
    private final Shard shard;
    private FollowedTrace[] live = FollowedTrace.NONE;
    private @Nullable ShardSpans spans;
    private boolean on;
    private boolean ofAnyMessage;

    ShardTracing(Shard shard) {
        this.shard = shard;
    }

    /** Whether anything is followed, so that clients and messages have to be looked at. */
    boolean isOn() {
        return on;
    }

    /** Whether every message has to be looked at: else those of clients that are followed are. */
    boolean isOfAnyMessage() {
        return ofAnyMessage;
    }

    // --- traces begin and end

    private void changed(FollowedTrace[] now) {
        live = now;
        on = now.length > 0 || spans != null;
        ofAnyMessage = spans != null || Arrays.stream(now).anyMatch(trace -> trace.wanted.topic() != null);
    }

    void begin(FollowedTrace trace) {
        long left = trace.wanted.until() - shard.loop.now();
        for (FollowedTrace each : live) {
            if (each.wanted.number() == trace.wanted.number()) {
                return;
            }
        }
        if (left <= 0) {
            return;
        }
        List<FollowedTrace> all = new ArrayList<>(List.of(live));
        all.add(trace);
        changed(all.toArray(FollowedTrace.NONE));
        if (trace.wanted.address() != null) {
            lookAgain(slot -> true);
        } else if (trace.wanted.client() != null) {
            SessionSlot slot = shard.slots.get(trace.wanted.client());
            if (slot != null) {
                look(slot);
            }
        }
        shard.loop.after(left, () -> end(trace.wanted.number()));
    }

    void end(long number) {
        List<FollowedTrace> left = new ArrayList<>(List.of(live));
        if (left.removeIf(each -> each.wanted.number() == number)) {
            changed(left.toArray(FollowedTrace.NONE));
            lookAgain(slot -> slot.trace != null);
        }
    }

    /** Of some messages spans are made from now on. */
    void spans(Spans told, int sample) {
        spans = new ShardSpans(told, sample, this::name, shard.loop::nanos);
        changed(live);
    }

    /** At the sessions concerned, some in each turn. */
    private void lookAgain(Predicate<SessionSlot> concerned) {
        SessionSurvey.of(
                shard,
                List.copyOf(shard.slots.values()),
                slot -> {
                    if (concerned.test(slot)) {
                        look(slot);
                    }
                    return false;
                },
                0,
                none -> {});
    }

    private void look(SessionSlot slot) {
        Client client = slot.client;
        String address = client == null ? "" : client.connection.remoteHost();
        FollowedTrace[] following = about(slot.clientId(), address);
        ClientTrace trace = slot.trace;
        if (trace != null) {
            trace.following = following;
            slot.follow(trace.isIdle() ? null : trace);
        } else if (following.length > 0) {
            slot.follow(new ClientTrace(slot.clientId(), address, following));
        }
    }

    private FollowedTrace[] about(String clientId, String address) {
        return Arrays.stream(live)
                .filter(trace -> trace.isAbout(clientId, address))
                .toArray(FollowedTrace[]::new);
    }

    // --- clients

    /** A client has a session: what is followed of it, also by what has begun since its CONNECT. */
    void connected(SessionSlot slot, Client client) {
        slot.trace = client.trace;
        if (on && client.trace == null) {
            slot.follow(named(slot.clientId(), client.connection.remoteHost()));
        }
    }

    /** What is followed of a client of which nothing is known but where it is; null for nothing. */
    @Nullable
    ClientTrace opened(Connection connection) {
        ClientTrace trace = named("", connection.remoteHost());
        if (trace != null) {
            tell(null, trace, false, Steps.about(Event.OPENED, null, trace, null, null, connection.listener()));
        }
        return trace;
    }

    /**
     * What is followed of a client.
     *
     * @param address empty while the client is away
     */
    @Nullable
    ClientTrace named(String clientId, String address) {
        FollowedTrace[] following = about(clientId, address);
        return following.length == 0 ? null : new ClientTrace(clientId, address, following);
    }

    /** That of a session, made where there is none. */
    private static ClientTrace of(SessionSlot slot) {
        ClientTrace trace = slot.trace;
        if (trace == null) {
            Client client = slot.client;
            trace = new ClientTrace(
                    slot.clientId(), client == null ? "" : client.connection.remoteHost(), FollowedTrace.NONE);
            slot.follow(trace);
        }
        return trace;
    }

    /** A packet from a client or to it, but no PUBLISH. */
    void packet(ClientTrace client, boolean fromClient, Packet packet) {
        PacketType type = packet.type();
        boolean ofMessage = true;
        Followed message = null;
        int packetId = PacketWords.packetId(packet);
        switch (type) {
            case PUBLISH -> {
                return;
            }
            case PUBACK, PUBREC, PUBCOMP ->
                message = client.remembered(!fromClient, packetId, type != PacketType.PUBREC);
            case PUBREL -> message = client.remembered(fromClient, packetId, false);
            default -> ofMessage = false;
        }
        if (message == null && client.following.length == 0) {
            return; // of a message that nobody follows, to a client that has had one
        }
        Trail trail = message == null ? null : message.trail();
        if (message != null && spans != null) {
            answered(spans, client, fromClient, packet, message);
        }
        Step step = Steps.packet(trail, client, fromClient, packet, packetId);
        tell(trail, client, ofMessage, step);
    }

    private static void answered(
            ShardSpans spans, ClientTrace client, boolean fromClient, Packet packet, Followed message) {
        SpanContext last = message.trail().span();
        PacketType type = packet.type();
        if (last == null) {
            return;
        }
        String fault = PacketWords.isError(packet) ? PacketWords.reason(packet) : null;
        if (!fromClient && (type == PacketType.PUBACK || type == PacketType.PUBREC)) {
            spans.published(last, message, client.clientId, fault);
        } else if (fromClient && (type == PacketType.PUBACK || type == PacketType.PUBCOMP)) {
            spans.delivered(last, message, client.clientId, fault);
        }
    }

    void closed(ClientTrace client, @Nullable ReasonCode reason) {
        String word = reason == null ? null : PacketWords.word(reason);
        tell(null, client, false, Steps.about(Event.CLOSED, null, client, word, null, null));
    }

    // --- messages

    /** A PUBLISH of a client: the message, with its trail if it is followed. */
    Message received(SessionSlot publisher, Message message, int packetId, boolean dup) {
        ClientTrace client = publisher.trace;
        Followed before = dup && client != null ? client.remembered(true, packetId, false) : null;
        ShardSpans.Begun begun = before == null && spans != null ? spans.begin(message) : null;
        Trail trail = before != null ? before.trail() : begin(message, publisher.clientId(), client, begun);
        if (trail == null) {
            return message;
        }
        Followed followed = before != null
                ? before
                : Followed.of(message, trail, message.qos(), shard.loop.nanos(), begun == null ? 0 : begun.parent());
        if (packetId > 0) {
            of(publisher).remember(true, packetId, followed);
        } else if (spans != null && begun != null) {
            spans.published(begun.route(), followed, publisher.clientId(), null);
        }
        String detail = (dup ? "dup " : "") + (message.retain() ? "retain" : "");
        tell(
                trail,
                null,
                true,
                Steps.publish(Event.RECEIVED, trail, publisher.clientId(), message, message.qos(), packetId, detail));
        return with(message, trail);
    }

    /** A message that no PUBLISH has brought. */
    Message published(Event event, Message message) {
        SessionSlot slot = shard.slots.get(message.publisher());
        ShardSpans.Begun begun = spans == null ? null : spans.begin(message);
        Trail trail = begin(message, message.publisher(), slot == null ? null : slot.trace, begun);
        if (trail == null) {
            return message;
        }
        if (spans != null && begun != null) {
            Followed followed = Followed.of(message, trail, message.qos(), shard.loop.nanos(), begun.parent());
            spans.published(begun.route(), followed, message.publisher(), null);
        }
        tell(trail, null, true, Steps.publish(event, trail, message.publisher(), message, message.qos(), 0, ""));
        return with(message, trail);
    }

    /** With its way behind it, as the next one is to know it. */
    private static Message with(Message message, Trail trail) {
        SpanContext span = trail.span();
        return span == null
                ? message.with(trail)
                : message.with(trail, message.properties().withUser(SpanContext.TRACEPARENT, span.traceparent()));
    }

    /** The trail of a message that has none, by the traces that are about it and take it. */
    private @Nullable Trail begin(
            Message message, String clientId, @Nullable ClientTrace client, ShardSpans.@Nullable Begun begun) {
        long[] traces = null;
        int count = 0;
        for (FollowedTrace trace : live) {
            boolean about = trace.isAbout(message.topic())
                    || (client == null ? trace.isAbout(clientId, "") : client.isFollowedBy(trace));
            if (about && trace.takes()) {
                traces = traces == null ? new long[live.length] : traces;
                traces[count++] = trace.wanted.number();
            }
        }
        SpanContext span = begun == null ? null : begun.route();
        if (traces == null) {
            return span == null ? null : new Trail(name(), span);
        }
        return new Trail(name(), Arrays.copyOf(traces, count), 0, span);
    }

    private long name() {
        long name = shard.random.nextLong();
        return name == 0 ? 1 : name;
    }

    /** A PUBLISH to a client, which is followed or the message is. */
    void sent(SessionSlot to, Message message, Qos qos, boolean dup, boolean retain, int packetId) {
        ClientTrace client = to.trace;
        Trail trail = message.trail();
        if (client != null) {
            Followed before = dup ? client.remembered(false, packetId, false) : null;
            trail = before != null ? before.trail() : toFollowed(client, trail);
        }
        if (trail == null) {
            return;
        }
        if (packetId > 0) {
            of(to).remember(false, packetId, Followed.of(message, trail, qos, shard.loop.nanos(), 0));
        } else if (spans != null && trail.span() != null) {
            spans.delivered(trail.span(), Followed.of(message, trail, qos, shard.loop.nanos(), 0), to.clientId(), null);
        }
        String detail = (dup ? "dup " : "") + (retain ? "retain" : "");
        tell(trail, null, true, Steps.publish(Event.SENT, trail, to.clientId(), message, qos, packetId, detail));
    }

    /** That of a message for a client that is followed itself. */
    private @Nullable Trail toFollowed(ClientTrace client, @Nullable Trail trail) {
        if (client.following.length == 0) {
            return trail;
        }
        List<Long> traces = new ArrayList<>();
        for (FollowedTrace each : client.following) {
            if ((trail == null || !trail.isOf(each.wanted.number())) && each.takes()) {
                traces.add(each.wanted.number());
            }
        }
        if (traces.isEmpty()) {
            return trail;
        }
        if (trail == null) {
            return new Trail(name(), traces.stream().mapToLong(Long::longValue).toArray(), 0, null);
        }
        for (long each : trail.traces()) {
            traces.add(each);
        }
        return new Trail(
                trail.message(), traces.stream().mapToLong(Long::longValue).toArray(), trail.hops(), trail.span());
    }

    void queued(SessionSlot to, Message message, Qos qos) {
        tell(
                message.trail(),
                to.trace,
                true,
                Steps.publish(Event.QUEUED, message.trail(), to.clientId(), message, qos, 0, ""));
    }

    /** @param to who does not get it; null where it is nobody's yet */
    void dropped(String reason, Message message, @Nullable SessionSlot to) {
        ClientTrace client = to == null ? null : to.trace;
        Trail trail = message.trail();
        Step step = Steps.dropped(trail, to == null ? null : to.clientId(), message, reason);
        tell(trail, client, true, step);
        if (spans != null && trail != null && trail.span() != null) {
            Followed followed = Followed.of(message, trail, message.qos(), shard.loop.nanos(), 0);
            spans.delivered(trail.span(), followed, to == null ? null : to.clientId(), reason);
        }
    }

    /** Everyone whom it concerns here was handed it. */
    void routed(Message message, Trail trail, long since) {
        if (spans != null && trail.span() != null) {
            spans.routed(trail.span(), message, trail, since);
        }
    }

    void matched(Trail trail, Plan plan) {
        StringBuilder words = new StringBuilder();
        words.append(plan.here).append(" subscriptions here, ").append(plan.groups.length);
        words.append(" shared, ").append(plan.peers.length).append(" other nodes");
        tell(trail, null, true, Steps.about(Event.MATCHED, trail, null, null, plan.topic, words.toString()));
    }

    void retained(Trail trail, Message message) {
        String word = message.payload().length == 0 ? "cleared" : null;
        tell(trail, null, true, Steps.about(Event.RETAINED, trail, null, null, message.topic(), word));
    }

    /** A message leaves for another node: as it is there. */
    Message forwarded(Message message, Trail trail, Peer peer) {
        tell(trail, null, true, Steps.way(Event.FORWARDED, trail, message, peer.id.name()));
        return with(
                message,
                step(Spans.Kind.FORWARD, message, trail, peer.id.name()).onward());
    }

    /** As it is for those who get it here. */
    Message arrived(Message message, Trail trail, String from) {
        tell(trail, null, true, Steps.way(Event.ARRIVED, trail, message, from));
        Trail here = step(Spans.Kind.ARRIVE, message, trail, from);
        return here.equals(trail) ? message : with(message, here);
    }

    private Trail step(Spans.Kind kind, Message message, Trail trail, String peer) {
        SpanContext last = trail.span();
        return spans == null || last == null ? trail : trail.behind(spans.between(kind, last, message, trail, peer));
    }

    /** @param ofMessage whether it is about a message: then a trace that takes samples is told only of those that it follows */
    private void tell(@Nullable Trail trail, @Nullable ClientTrace client, boolean ofMessage, Step step) {
        for (FollowedTrace trace : live) {
            boolean followed = trail != null && trail.isOf(trace.wanted.number());
            boolean of = client != null && client.isFollowedBy(trace) && !(ofMessage && trace.isSampled());
            if (followed || of) {
                trace.tell(step);
            }
        }
    }
}
