package io.coppice.broker;

import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes of retained messages, of whichever node, that the store has been asked for and that are not in the mirror
 * yet. A subscription that was too late for the message itself waits here until its topic's change is over, and finds it
 * among the retained ones then. Any thread may ask and change.
 */
final class RetainedWrites {
    /**
     * One change.
     *
     * @param shard index of the loop that makes it
     * @param number among those of that loop
     */
    record Write(NodeId node, int shard, long number) {}

    private static final class UnderWay {
        final TopicName topic;

        @Nullable
        List<Waiting> waiting;

        UnderWay(TopicName topic) {
            this.topic = topic;
        }
    }

    /** Someone who waits for some changes, or until a time. */
    private static final class Waiting {
        final Loop loop;
        final Runnable then;
        int left;
        boolean over;

        Waiting(Loop loop, Runnable then) {
            this.loop = loop;
            this.then = then;
        }
    }

    private final Map<Write, UnderWay> underWay = new HashMap<>();
    private long late;

    synchronized void begun(Write write, TopicName topic) {
        underWay.put(write, new UnderWay(topic));
    }

    /** The change is in the mirror, or never will be. */
    synchronized void ended(Write write) {
        UnderWay ended = underWay.remove(write);
        if (ended != null) {
            goOn(ended);
        }
    }

    private static void goOn(UnderWay ended) {
        if (ended.waiting == null) {
            return;
        }
        for (Waiting each : ended.waiting) {
            if (--each.left == 0 && !each.over) {
                each.over = true;
                each.loop.execute(each.then);
            }
        }
    }

    /** The node is gone, and tells of its changes no more. */
    synchronized void gone(NodeId node) {
        List<UnderWay> ended = new ArrayList<>();
        underWay.entrySet().removeIf(each -> each.getKey().node().equals(node) && ended.add(each.getValue()));
        ended.forEach(RetainedWrites::goOn);
    }

    /**
     * Runs a task on the loop on which this is called, when every change that concerns some subscriptions and is under
     * way now is over; within the call if there is none.
     *
     * @param patience milliseconds after which it runs in any case
     */
    void whenOver(Loop loop, List<Subscription> subscriptions, long patience, Runnable then) {
        Waiting waiting = new Waiting(loop, then);
        if (!isAwaited(subscriptions, waiting)) {
            then.run();
            return;
        }
        loop.after(patience, () -> giveUp(waiting));
    }

    private synchronized boolean isAwaited(List<Subscription> subscriptions, Waiting waiting) {
        for (UnderWay each : underWay.values()) {
            if (concerns(each.topic, subscriptions)) {
                if (each.waiting == null) {
                    each.waiting = new ArrayList<>(1);
                }
                each.waiting.add(waiting);
                waiting.left++;
            }
        }
        return waiting.left > 0;
    }

    private static boolean concerns(TopicName topic, List<Subscription> subscriptions) {
        for (Subscription subscription : subscriptions) {
            if (subscription.filter().matches(topic)) {
                return true;
            }
        }
        return false;
    }

    private void giveUp(Waiting waiting) {
        synchronized (this) {
            if (waiting.over) {
                return;
            }
            waiting.over = true;
            late++;
        }
        waiting.then.run();
    }

    /** Waits that were given up. */
    synchronized long late() {
        return late;
    }

    synchronized int size() {
        return underWay.size();
    }
}
