package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Trail;
import io.coppice.port.Connection;
import io.coppice.port.Tracing.Event;
import io.coppice.port.Tracing.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What operators follow on one loop. Whoever passes a packet or a message on asks a field first, which is false or null for all that
 * nobody follows; only what is followed comes here.
 */
final class ShardTracing {
    private final Shard shard;
    private FollowedTrace[] live = FollowedTrace.NONE;
    private boolean on;

    ShardTracing(Shard shard) {
        this.shard = shard;
    }

    /** Whether anything is followed, so that clients and messages have to be looked at. */
    boolean isOn() {
        return on;
    }

    // --- traces begin and end

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
        live = all.toArray(FollowedTrace.NONE);
        on = true;
        if (trace.wanted.address() != null) {
            lookAgain();
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
            live = left.toArray(FollowedTrace.NONE);
            on = live.length > 0;
            lookAgain();
        }
    }

    /** At all sessions, some in each turn. */
    private void lookAgain() {
        SessionSurvey.of(
                shard,
                List.copyOf(shard.slots.values()),
                slot -> {
                    look(slot);
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

    /** What is followed of a client of which nothing is known but where it is; null for nothing. */
    @Nullable
    ClientTrace opened(Connection connection) {
        ClientTrace trace = named("", connection.remoteHost());
        if (trace != null) {
            tell(null, trace, false, about(Event.OPENED, null, trace, null, null, connection.listener()));
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
        Trail trail = null;
        int packetId = PacketWords.packetId(packet);
        switch (type) {
            case PUBLISH -> {
                return;
            }
            case PUBACK, PUBREC, PUBCOMP -> trail = client.remembered(!fromClient, packetId, type != PacketType.PUBREC);
            case PUBREL -> trail = client.remembered(fromClient, packetId, false);
            default -> ofMessage = false;
        }
        Event event = fromClient ? Event.RECEIVED : Event.SENT;
        Step step = new Step(
                event,
                trail == null ? 0 : trail.message(),
                trail == null ? 0 : trail.hops(),
                client.clientId,
                null,
                type,
                -1,
                packetId,
                -1,
                PacketWords.reason(packet),
                null,
                PacketWords.detail(packet));
        tell(trail, client, ofMessage, step);
    }

    void closed(ClientTrace client, @Nullable ReasonCode reason) {
        String word = reason == null ? null : PacketWords.word(reason);
        tell(null, client, false, about(Event.CLOSED, null, client, word, null, null));
    }

    // --- messages

    /** A PUBLISH of a client: the message, with its trail if it is followed. */
    Message received(SessionSlot publisher, Message message, int packetId, boolean dup) {
        ClientTrace client = publisher.trace;
        Trail trail = dup && client != null ? client.remembered(true, packetId, false) : null;
        if (trail == null) {
            trail = begin(message.topic(), publisher.clientId(), client);
        }
        if (trail == null) {
            return message;
        }
        if (packetId > 0) {
            of(publisher).remember(true, packetId, trail);
        }
        String detail = (dup ? "dup " : "") + (message.retain() ? "retain" : "");
        tell(
                trail,
                null,
                true,
                publish(Event.RECEIVED, trail, publisher.clientId(), message, message.qos(), packetId, detail));
        return message.with(trail);
    }

    /** A message that no PUBLISH has brought. */
    Message published(Event event, Message message) {
        SessionSlot slot = shard.slots.get(message.publisher());
        Trail trail = begin(message.topic(), message.publisher(), slot == null ? null : slot.trace);
        if (trail == null) {
            return message;
        }
        tell(trail, null, true, publish(event, trail, message.publisher(), message, message.qos(), 0, ""));
        return message.with(trail);
    }

    /** The trail of a message that has none, by the traces that are about it and take it. */
    private @Nullable Trail begin(TopicName topic, String clientId, @Nullable ClientTrace client) {
        long[] traces = new long[live.length];
        int count = 0;
        for (FollowedTrace trace : live) {
            boolean about =
                    trace.isAbout(topic) || (client == null ? trace.isAbout(clientId, "") : client.isFollowedBy(trace));
            if (about && trace.takes()) {
                traces[count++] = trace.wanted.number();
            }
        }
        return count == 0 ? null : new Trail(name(), Arrays.copyOf(traces, count), 0, null);
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
            Trail before = dup ? client.remembered(false, packetId, false) : null;
            trail = before != null ? before : toFollowed(client, trail);
        }
        if (trail == null) {
            return;
        }
        if (packetId > 0) {
            of(to).remember(false, packetId, trail);
        }
        String detail = (dup ? "dup " : "") + (retain ? "retain" : "");
        tell(trail, null, true, publish(Event.SENT, trail, to.clientId(), message, qos, packetId, detail));
    }

    /** That of a message for a client that is followed itself. */
    private @Nullable Trail toFollowed(ClientTrace client, @Nullable Trail trail) {
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
                publish(Event.QUEUED, message.trail(), to.clientId(), message, qos, 0, ""));
    }

    /** @param to who does not get it; null where it is nobody's yet */
    void dropped(String reason, Message message, @Nullable SessionSlot to) {
        ClientTrace client = to == null ? null : to.trace;
        Trail trail = message.trail();
        Step step = new Step(
                Event.DROPPED,
                trail == null ? 0 : trail.message(),
                trail == null ? 0 : trail.hops(),
                to == null ? null : to.clientId(),
                message.topic().value(),
                null,
                message.qos().code(),
                0,
                message.payload().length,
                reason,
                null,
                null);
        tell(trail, client, true, step);
    }

    void matched(Trail trail, Plan plan) {
        StringBuilder words = new StringBuilder();
        words.append(plan.here).append(" subscriptions here, ").append(plan.groups.length);
        words.append(" shared, ").append(plan.peers.length).append(" other nodes");
        tell(trail, null, true, about(Event.MATCHED, trail, null, null, plan.topic, words.toString()));
    }

    void retained(Trail trail, Message message) {
        String word = message.payload().length == 0 ? "cleared" : null;
        tell(trail, null, true, about(Event.RETAINED, trail, null, null, message.topic(), word));
    }

    /** A message leaves for another node: as it is there. */
    Message forwarded(Message message, Trail trail, Peer peer) {
        tell(trail, null, true, way(Event.FORWARDED, trail, message, peer.id.name()));
        return message.with(trail.onward());
    }

    void arrived(Message message, Trail trail, String from) {
        tell(trail, null, true, way(Event.ARRIVED, trail, message, from));
    }

    // --- steps

    private static Step about(
            Event event,
            @Nullable Trail trail,
            @Nullable ClientTrace client,
            @Nullable String reason,
            @Nullable TopicName topic,
            @Nullable String detail) {
        return new Step(
                event,
                trail == null ? 0 : trail.message(),
                trail == null ? 0 : trail.hops(),
                client == null || client.clientId.isEmpty() ? null : client.clientId,
                topic == null ? null : topic.value(),
                null,
                -1,
                0,
                -1,
                reason,
                null,
                detail);
    }

    private static Step way(Event event, Trail trail, Message message, String node) {
        return new Step(
                event,
                trail.message(),
                trail.hops(),
                null,
                message.topic().value(),
                null,
                message.qos().code(),
                0,
                message.payload().length,
                null,
                node,
                null);
    }

    private static Step publish(
            Event event, @Nullable Trail trail, String client, Message message, Qos qos, int packetId, String detail) {
        boolean packet = event == Event.RECEIVED || event == Event.SENT;
        return new Step(
                event,
                trail == null ? 0 : trail.message(),
                trail == null ? 0 : trail.hops(),
                client,
                message.topic().value(),
                packet ? PacketType.PUBLISH : null,
                qos.code(),
                packetId,
                message.payload().length,
                null,
                null,
                detail.isEmpty() ? null : detail.strip());
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
