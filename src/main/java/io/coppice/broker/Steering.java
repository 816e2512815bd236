package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.Gatekeeper;
import io.coppice.port.NodeControl;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** What operators do to a node's clients, sessions and messages. */
final class Steering implements NodeControl {
    private final Broker broker;

    Steering(Broker broker) {
        this.broker = broker;
    }

    private Shard first() {
        return broker.shards.get(0);
    }

    private long now() {
        return first().loop.now();
    }

    // --- one session

    /**
     * Does something to a session on the loop where it is.
     *
     * @param action with what is to be told of it
     * @param then told by the loop that had it, or once that none has
     */
    private void with(String clientId, BiConsumer<SessionSlot, Consumer<Verdict>> action, Consumer<Verdict> then) {
        AtomicInteger left = new AtomicInteger(broker.shards.size());
        List<Verdict> verdicts = new ArrayList<>();
        Consumer<Verdict> told = verdict -> {
            synchronized (verdicts) {
                verdicts.add(verdict);
            }
            if (left.decrementAndGet() == 0) {
                then.accept(worst(verdicts));
            }
        };
        for (Shard shard : broker.shards) {
            shard.loop.execute(() -> {
                SessionSlot slot = shard.slots.get(clientId);
                if (slot == null) {
                    told.accept(Verdict.ABSENT);
                } else if (!slot.goesOn()) {
                    told.accept(Verdict.MOVING);
                } else {
                    action.accept(slot, told);
                }
            });
        }
    }

    /** Of what the loops have told, what there is to be told: one at most had the session where it could be reached. */
    private static Verdict worst(List<Verdict> verdicts) {
        for (Verdict verdict : List.of(Verdict.FAILED, Verdict.DONE, Verdict.MOVING)) {
            if (verdicts.contains(verdict)) {
                return verdict;
            }
        }
        return Verdict.ABSENT;
    }

    private static void whenStored(SessionSlot slot, Consumer<Verdict> told) {
        slot.shard.whenStored(safe -> told.accept(safe ? Verdict.DONE : Verdict.FAILED));
    }

    private static void kick(SessionSlot slot, ReasonCode reason, String detail) {
        if (slot.client != null) {
            slot.client.end("client-kicked", reason, detail);
        }
    }

    @Override
    public void disconnect(String clientId, ReasonCode reason, Consumer<Verdict> then) {
        with(
                clientId,
                (slot, told) -> {
                    if (slot.client == null) {
                        told.accept(Verdict.ABSENT);
                    } else {
                        kick(slot, reason, "an operator has ended the connection");
                        whenStored(slot, told);
                    }
                },
                then);
    }

    @Override
    public void end(String clientId, Consumer<Verdict> then) {
        with(
                clientId,
                (slot, told) -> {
                    kick(slot, ReasonCode.ADMINISTRATIVE_ACTION, "an operator has ended the session");
                    if (!slot.isGone()) {
                        Parking.end(slot);
                    }
                    whenStored(slot, told);
                },
                then);
    }

    @Override
    public void subscribe(String clientId, List<Packet.Request> requests, int identifier, Consumer<Answer> then) {
        List<ReasonCode> reasons = new ArrayList<>();
        with(
                clientId,
                (slot, told) -> Subscribing.subscribe(slot, requests, identifier, answers -> {
                    reasons.addAll(answers);
                    whenStored(slot, told);
                }),
                verdict -> then.accept(new Answer(verdict, verdict == Verdict.DONE ? reasons : List.of())));
    }

    @Override
    public void unsubscribe(String clientId, List<String> filters, Consumer<Answer> then) {
        List<ReasonCode> reasons = new ArrayList<>();
        with(
                clientId,
                (slot, told) -> {
                    reasons.addAll(Subscribing.unsubscribe(slot, filters));
                    whenStored(slot, told);
                },
                verdict -> then.accept(new Answer(verdict, verdict == Verdict.DONE ? reasons : List.of())));
    }

    // --- messages

    @Override
    public void publish(Message message, Consumer<Published> then) {
        first().loop.execute(() -> new Proclaiming(first()).publish(message, then));
    }

    @Override
    public void purge(TopicFilter filter, int atMost, boolean dry, Consumer<Purged> then) {
        first().loop
                .execute(() -> new RetainedSurvey(
                                first(),
                                broker.retained.tree.match(filter),
                                topic -> true,
                                atMost,
                                (found, matching) -> new Proclaiming(first()).clear(found, matching, dry, then))
                        .run());
    }

    // --- bans

    @Override
    public String known(BanKind kind, String value) {
        return kind == BanKind.ADDRESS ? AddressKey.of(value) : value;
    }

    @Override
    public List<Ban> bans() {
        return broker.guards.bans(now());
    }

    @Override
    public void ban(Ban ban, Consumer<Integer> then) {
        if (!broker.guards.ban(ban, now())) {
            then.accept(-1);
            return;
        }
        broker.policyChanged();
        AtomicInteger left = new AtomicInteger(broker.shards.size());
        AtomicInteger ended = new AtomicInteger();
        for (Shard shard : broker.shards) {
            shard.loop.execute(() -> SessionSurvey.of(
                    shard, List.copyOf(shard.slots.values()), slot -> expelled(slot, ended), 0, none -> {
                        if (left.decrementAndGet() == 0) {
                            then.accept(ended.get());
                        }
                    }));
        }
    }

    /** Never true, since nothing is to be kept of a session that was looked at. */
    private boolean expelled(SessionSlot slot, AtomicInteger ended) {
        Client client = slot.client;
        Gatekeeper.Identity who = slot.identity;
        long now = slot.shard.loop.now();
        if (client == null
                && slot.goesOn()
                && slot.session.will() != null
                && broker.guards.isBannedByHand(slot.clientId(), slot.session.owner(), now)) {
            slot.session.willDone();
        }
        if (client != null
                && broker.guards.isBannedByHand(
                        client.connection.remoteHost(), slot.clientId(), who == null ? null : who.userName(), now)) {
            slot.session.willDone(); // what it left to be said is not said for it
            kick(slot, ReasonCode.BANNED, "an operator has banned this client for a time");
            ended.incrementAndGet();
        }
        return false;
    }

    @Override
    public boolean unban(BanKind kind, String value) {
        return broker.guards.unban(kind, value, now());
    }

    // --- drain

    @Override
    public void drain() {
        broker.vacating.begin();
    }

    @Override
    public void undrain() {
        broker.vacating.end();
    }

    @Override
    public Draining draining() {
        return broker.draining();
    }

    // --- some of the clients

    @Override
    public void shed(int clients, int aSecond) {
        broker.shedder.begin(clients, aSecond);
    }

    @Override
    public void stopShedding() {
        broker.shedder.end();
    }

    @Override
    public Shedding shedding() {
        return broker.shedder.state();
    }
}
