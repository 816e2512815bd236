package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.NodeId;
import io.coppice.port.PeerMessage;
import io.coppice.port.RetainedStore;
import io.coppice.session.Session;
import io.coppice.session.SessionRecord;
import io.coppice.topic.RetainedTree;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;

/** What a broker holds that its doors do not show. */
public final class Inside {
    private Inside() {}

    /** Timers that are set, on all loops. */
    public static int timers(Broker broker) {
        return broker.shards.stream().mapToInt(shard -> shard.wheel.size()).sum();
    }

    /** Sessions that the shards know. */
    public static int slots(Broker broker) {
        return broker.shards.stream().mapToInt(shard -> shard.slots.size()).sum();
    }

    /** Client identifiers that are being admitted. */
    public static int admissions(Broker broker) {
        return broker.shards.stream().mapToInt(shard -> shard.admissions.size()).sum();
    }

    /** Fails unless no publish waits for an answer, nothing is between loops, every gauge says what the sessions hold, and the {@link Books} balance. */
    public static void requireQuiet(Broker broker) {
        long queued = 0;
        long inFlight = 0;
        for (Shard shard : broker.shards) {
            for (SessionSlot slot : shard.slots.values()) {
                queued += slot.session.queued();
                inFlight += slot.session.inFlight();
                require(!slot.isArriving(), slot.clientId() + " never arrives");
            }
            require(shard.openWills == 0, shard.openWills + " wills are not with everyone");
            require(shard.openReceipts == 0, shard.openReceipts + " publishes are not answered");
            require(shard.adopting.size() == 0, "sessions are still being adopted: " + shard.adopting.size());
            require(shard.moves.isEmpty(), "sessions are still moving: " + shard.moves);
            require(shard.failedElsewhere.isEmpty(), "what others repeat is remembered though nobody is on the way");
            for (Shard other : broker.shards) {
                require(shard.outbox(other.index).depth() == 0, "messages are still between loops");
            }
        }
        int writes = broker.cluster.retained.writes.size();
        require(writes == 0, writes + " changes of retained messages are under way");
        require(admissions(broker) == 0, "someone is still being admitted");
        require(queued == broker.queuedMessages(), "queued is " + queued + ", told is " + broker.queuedMessages());
        require(inFlight == broker.inFlightMessages(), "in flight: " + inFlight + ", " + broker.inFlightMessages());
        Books.of(List.of(broker)).requireBalance();
    }

    /**
     * Fails unless the records of each session that is to survive make the session that is there.
     *
     * @param stored the records of a client's session
     */
    public static void requireStored(Broker broker, Function<String, List<SessionRecord>> stored) {
        for (Shard shard : broker.shards) {
            for (SessionSlot slot : shard.slots.values()) {
                if (slot.session.isPersistent()) {
                    Session replayed = new Session(slot.clientId(), broker.settings.session(), new SlotEffects(slot));
                    stored.apply(slot.clientId()).forEach(replayed::replay);
                    List<String> wanted = content(slot.session);
                    List<String> found = content(replayed);
                    require(found.equals(wanted), slot.clientId() + " is stored as " + found + " instead of " + wanted);
                }
            }
        }
    }

    /** What of a session matters after its node's end, without times. */
    private static List<String> content(Session session) {
        List<String> content = new ArrayList<>();
        session.snapshot(record -> {
            if (record instanceof SessionRecord.Enqueued enqueued) {
                content.add("enqueued " + enqueued.sequence() + " " + text(enqueued.message()));
            } else if (record instanceof SessionRecord.Accepted accepted) {
                content.add("accepted " + accepted.packetId() + " " + text(accepted.message()));
            } else if (record instanceof SessionRecord.Subscribed
                    || record instanceof SessionRecord.Assigned
                    || record instanceof SessionRecord.Received
                    || record instanceof SessionRecord.Routed) {
                content.add(record.toString());
            }
        });
        content.sort(null);
        return content;
    }

    private static String text(Message message) {
        return new String(message.payload(), StandardCharsets.UTF_8);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** The retained messages of clients as the node has them, by topic, with their versions. */
    public static Map<String, RetainedStore.Kept> retained(Broker broker) {
        Map<String, RetainedStore.Kept> all = new TreeMap<>();
        RetainedTree.Cursor cursor = broker.retained.tree.all();
        for (Message each = cursor.next(); each != null; each = cursor.next()) {
            RetainedStore.Kept kept = broker.cluster.retained.mirror.kept(each.topic());
            if (kept != null && !each.publisher().isEmpty()) {
                all.put(each.topic().value(), kept);
            }
        }
        return all;
    }

    /** Makes a mirror differ from the others as if it had never been told of a change. */
    public static void retain(Broker broker, RetainedStore.Kept kept, long now) {
        broker.cluster.retained.mirror.take(kept, now);
    }

    /** Makes a node believe that another one wants a filter no more; on its first loop. */
    public static void loseRoute(Broker broker, NodeId of, String filter) {
        Peer peer = Objects.requireNonNull(broker.cluster.peer(of));
        List<PeerMessage.Route> none = List.of(new PeerMessage.Route(TopicFilter.of(filter), null, 0, 0, 0));
        broker.cluster.peerRoutes.received(
                peer, new PeerMessage.RoutesChanged(peer.routesVersion + 1, none, List.of()));
    }

    /** Other nodes with which the retained messages are known to differ. */
    public static long retainedDivergence(Broker broker) {
        return broker.cluster.retained.repair.divergent();
    }

    /** Retained messages that were put right. */
    public static long retainedRepaired(Broker broker) {
        return broker.cluster.retained.repair.repaired();
    }

    /** What is under way between nodes, for a person who looks for what does not end. */
    public static String describe(Broker broker) {
        StringBuilder text = new StringBuilder(broker.self().toString());
        text.append(' ')
                .append(broker.cluster.adoption)
                .append("; ")
                .append(broker.cluster.routes)
                .append(broker.cluster.peerRoutes);
        for (Shard shard : broker.shards) {
            text.append("\n  loop ").append(shard.index);
            text.append(" admissions ").append(shard.admissions.keySet());
            text.append(" adopting ").append(shard.adopting.size());
            text.append(" moves ").append(shard.moves);
            text.append(" lanes ").append(shard.lanes.depth());
            text.append(" connections ").append(shard.gauges.connections);
            for (SessionSlot slot : shard.slots.values()) {
                text.append("\n    ").append(slot.clientId()).append(' ').append(slot.epoch);
                text.append(slot.client == null ? "" : " live")
                        .append(slot.isMoving() ? " moving" : "")
                        .append(slot.departure == null ? "" : " leaving");
            }
        }
        return text.toString();
    }
}
