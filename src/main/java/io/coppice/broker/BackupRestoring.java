package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.port.Backup;
import io.coppice.session.Session;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Takes in what was kept elsewhere or earlier. What is retained is put where it belongs and given to no subscriber: it is nothing new. */
final class BackupRestoring implements Backup.Restoring {
    private final Broker broker;
    private final boolean replace;
    /** Sessions that have come with a will. */
    private final List<SessionSlot> withWills = new ArrayList<>();

    BackupRestoring(Broker broker, boolean replace) {
        this.broker = broker;
        this.replace = replace;
    }

    // --- what is retained

    @Override
    public void retained(Message message, Consumer<Backup.Outcome> then) {
        Shard first = broker.shards.get(0);
        first.loop.execute(() -> keep(first, message, then));
    }

    private void keep(Shard shard, Message message, Consumer<Backup.Outcome> then) {
        String obstacle = NodeBackup.obstacle(broker);
        if (obstacle != null) {
            then.accept(new Backup.Outcome(Backup.Verdict.FAILED, obstacle));
            return;
        }
        long now = shard.loop.now();
        Message present = broker.retained.tree.get(message.topic());
        String refusal = refusal(message);
        if (message.expiredAt(now)) {
            then.accept(Backup.Outcome.of(Backup.Verdict.EXPIRED));
        } else if (!replace && present != null && !present.expiredAt(now)) {
            then.accept(Backup.Outcome.of(Backup.Verdict.EXISTING));
        } else if (!refusal.isEmpty()) {
            then.accept(new Backup.Outcome(Backup.Verdict.REFUSED, refusal));
        } else {
            Receipt receipt = Receipt.before(
                    shard,
                    safe -> then.accept(
                            safe
                                    ? Backup.Outcome.of(Backup.Verdict.IMPORTED)
                                    : new Backup.Outcome(
                                            Backup.Verdict.FAILED, "a retained message could not be stored")));
            put(shard, message, receipt);
            receipt.seal(false);
        }
    }

    private void put(Shard shard, Message message, Receipt receipt) {
        if (broker.cluster.isAlone()) {
            receipt.expect(1);
            broker.retained.keep(shard.loop, message, safe -> receipt.settle(1, safe, false));
        } else {
            shard.retained.write(message, null, receipt);
        }
    }

    /** Empty where there is none. */
    private String refusal(Message message) {
        if (message.topic().value().startsWith("$SYS/")) {
            return "what is below $SYS is the broker's own";
        }
        String tooLong = tooLong(broker.settings, message.topic().value());
        if (!tooLong.isEmpty()) {
            return tooLong;
        }
        return broker.retained.hasRoomFor(message)
                ? ""
                : "this node has as many retained messages, or bytes of them, as limits.retained-messages-max and"
                        + " limits.retained-bytes-max allow";
    }

    /** Why a topic or filter is none for this node; empty where it is one. */
    static String tooLong(BrokerSettings settings, String path) {
        if (path.getBytes(StandardCharsets.UTF_8).length > settings.topicLengthMax()) {
            return "a topic is longer than limits.topic-length-max, " + settings.topicLengthMax() + " bytes";
        }
        long levels = 1 + path.chars().filter(c -> c == '/').count();
        return levels > settings.topicLevelsMax()
                ? "a topic has more levels than limits.topic-levels-max, " + settings.topicLevelsMax()
                : "";
    }

    // --- sessions

    @Override
    public Backup.Incoming session(String clientId) {
        return new IncomingSession(broker, clientId, (session, then) -> {
            List<Shard> shards = broker.shards;
            Shard shard = shards.get(Math.floorMod(clientId.hashCode(), shards.size()));
            shard.loop.execute(() -> new Placement(this, shard, session, replace, then).begin());
        });
    }

    /** A session is there and has a will, which is not published before all have come who are to have it. */
    void cameWithWill(SessionSlot slot) {
        synchronized (withWills) {
            withWills.add(slot);
        }
    }

    @Override
    public void end(Runnable then) {
        List<SessionSlot> all;
        synchronized (withWills) {
            all = List.copyOf(withWills);
            withWills.clear();
        }
        broker.onEveryLoop(
                broker.shards.get(0),
                shard -> {
                    for (SessionSlot slot : all) {
                        if (slot.shard == shard && slot.goesOn()) {
                            await(slot);
                        }
                    }
                },
                then);
    }

    /** The session waits for its client, unless that is here already. */
    static void await(SessionSlot slot) {
        if (slot.client == null && slot.session.state() == Session.State.PARKED) {
            Parking.wait(slot);
        }
    }
}
