package io.coppice.broker;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.port.NodeId;
import io.coppice.port.Origin;
import io.coppice.session.DropReason;
import io.coppice.topic.SharedGroup;
import io.coppice.topic.Target;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one shard has for another: collected during a turn, handed over as one batch at its end. */
final class Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    private final Shard from;
    private final Shard to;
    private final int max;
    private final AtomicInteger inTransit = new AtomicInteger();
    private Batch batch = new Batch();

    Outbox(Shard from, Shard to, int max) {
        this.from = from;
        this.to = to;
        this.max = max;
    }

    /**
     * Hands a message to subscribers on the other shard.
     *
     * @param formerly only to sessions that were at home on this node, which is gone; or null
     * @param receipt told of each of them once it has the message; null at QoS 0
     */
    void hand(
            Message message,
            Target[] targets,
            @Nullable SharedGroup share,
            Origin origin,
            long stamp,
            @Nullable NodeId formerly,
            @Nullable Receipt receipt) {
        if (message.qos() == Qos.AT_MOST_ONCE && depth() >= max) {
            from.drops.dropped(DropReason.LOOP_BACKLOG, message, targets.length);
            return;
        }
        if (receipt != null) {
            receipt.expect(targets.length);
        }
        batch.hops.add(new Hop(
                message,
                targets,
                share,
                origin,
                stamp,
                formerly,
                receipt,
                from.times.since(),
                from.times.isFromNode()));
        from.scheduleEndOfTurn();
    }

    /** Tells a publisher on the other shard that some parts of its publish are done. */
    void answer(Receipt receipt, int parts, boolean safe, boolean rejected) {
        batch.answers.add(new Answer(receipt, parts, safe, rejected));
        from.scheduleEndOfTurn();
    }

    void flush() {
        if (batch.isEmpty()) {
            return;
        }
        Batch full = batch;
        batch = new Batch();
        inTransit.addAndGet(full.hops.size());
        to.loop.execute(full);
    }

    /** Messages waiting here or on their way. */
    int depth() {
        return batch.hops.size() + inTransit.get();
    }

    /** Whether publishers should be slowed: half of what may be on the way is. */
    boolean isCrowded() {
        return depth() > max / 2;
    }

    private record Hop(
            Message message,
            Target[] targets,
            @Nullable SharedGroup share,
            Origin origin,
            long stamp,
            @Nullable NodeId formerly,
            @Nullable Receipt receipt,
            long since,
            boolean fromNode) {}

    private record Answer(Receipt receipt, int parts, boolean safe, boolean rejected) {}

    private final class Batch implements Runnable {
        final ArrayList<Hop> hops = new ArrayList<>();
        final ArrayList<Answer> answers = new ArrayList<>(0);

        boolean isEmpty() {
            return hops.isEmpty() && answers.isEmpty();
        }

        /** A fault with one message costs the others nothing. */
        private void arrive(Hop hop) {
            try {
                to.times.begin(hop.since, hop.fromNode);
                to.deliverer.arrive(
                        hop.message, hop.targets, hop.share, hop.origin, hop.stamp, hop.formerly, hop.receipt);
            } catch (RuntimeException fault) {
                LOG.error(
                        getMarker("loop-message-failed"),
                        "a message from another loop was not handled; those behind it are",
                        fault);
            } finally {
                to.times.over();
            }
        }

        @Override
        public void run() {
            for (Hop hop : hops) {
                arrive(hop);
            }
            inTransit.addAndGet(-hops.size());
            for (Answer answer : answers) {
                answer.receipt.settle(answer.parts, answer.safe, answer.rejected);
            }
        }
    }
}
