package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.PeerMessage;
import io.coppice.port.RetainedStore.Kept;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes of retained messages that clients of one loop make, in a cluster: the store gives each its version, then it
 * is in the mirror here and is told to all others. The publisher is answered when it is in every mirror.
 */
final class RetainedWriter {
    private final Shard shard;
    private final RetainedTable table;
    /** Who is told of everything. */
    private final List<Peer> followers = new ArrayList<>();
    /** What the store has not answered yet, by number. */
    private final Map<Long, TopicName> open = new LinkedHashMap<>();

    private final int max;
    private long latest;
    /** Told last: the store answers several changes of a topic with one. */
    private @Nullable Kept toldLast;

    RetainedWriter(Shard shard, RetainedTable table) {
        this.shard = shard;
        this.table = table;
        this.max = shard.broker.settings.cluster().laneMessagesMax();
    }

    /**
     * Keeps a message as its topic's retained one everywhere; an empty payload clears the topic. Called before the message
     * is given to anyone, so that whoever subscribes too late for it finds the change here.
     *
     * @param publisher slowed down where it is too fast for the store or the other nodes; null for nobody
     * @param waiting told when it is in every mirror; null where nobody waits
     */
    void write(Message message, @Nullable SessionSlot publisher, @Nullable Receipt waiting) {
        if (message.publisher().isEmpty()) {
            shard.broker.retained.keepOwn(message);
            return;
        }
        write(message, waiting);
        if (isCrowded() && publisher != null && publisher.client != null) {
            shard.slowDown(publisher.client);
        }
    }

    private void write(Message message, @Nullable Receipt waiting) {
        long number = ++latest;
        TopicName topic = message.topic();
        open.put(number, topic);
        RetainedBook.Room room = shard.broker.retained.reserve(message);
        RetainedWrites.Write write = new RetainedWrites.Write(shard.broker.self(), shard.index, number);
        table.writes.begun(write, topic);
        for (Peer follower : followers) {
            lane(follower).tell(new PeerMessage.RetainedBegun(number, topic));
        }
        if (waiting != null) {
            waiting.expect(1);
        }
        Message wanted = message.payload().length == 0 ? null : message.unnumbered();
        shard.broker.retained.store.put(shard.loop, topic, wanted, kept -> {
            open.remove(number);
            made(number, kept, waiting);
            table.writes.ended(write);
            room.release();
            if (waiting != null) {
                waiting.settle(1, kept != null, false);
            }
        });
    }

    private void made(long number, @Nullable Kept kept, @Nullable Receipt waiting) {
        if (kept == null) {
            // it may have been made all the same
            table.reading.againLater();
            tell(new PeerMessage.RetainedEnded(number), null);
        } else if (kept == toldLast) {
            tell(new PeerMessage.RetainedEnded(number), waiting);
        } else {
            toldLast = kept;
            table.mirror.take(kept, shard.loop.now());
            // told even where something newer is here already: the others need not have that yet
            tell(new PeerMessage.RetainedKept(number, kept), waiting);
        }
    }

    private void tell(PeerMessage message, @Nullable Receipt waiting) {
        for (Peer follower : followers) {
            lane(follower).tell(message, waiting);
        }
    }

    /** The lane on which messages go, too: what is told on it first is there first. */
    private Lane lane(Peer peer) {
        return shard.lanes.to(peer);
    }

    /** A node has come: it is told of everything from now on, and of what is under way. */
    void joined(Peer peer) {
        followers.add(peer);
        Lane lane = lane(peer);
        open.forEach((number, topic) -> lane.tell(new PeerMessage.RetainedBegun(number, topic)));
        lane.tell(new PeerMessage.RetainedFollows());
    }

    /** A node is gone: nobody waits for it. */
    void gone(Peer peer) {
        followers.remove(peer);
    }

    /** Whether the store has answered everything. */
    boolean isIdle() {
        return open.isEmpty();
    }

    /** Whether publishers should be slowed: the store or another node lags behind. */
    boolean isCrowded() {
        if (open.size() > max / 2) {
            return true;
        }
        for (Peer follower : followers) {
            if (lane(follower).isCrowded()) {
                return true;
            }
        }
        return false;
    }
}
