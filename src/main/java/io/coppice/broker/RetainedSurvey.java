package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.topic.RetainedTree;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/** Looks through retained messages for the first ones by topic, some in each turn of a loop. */
final class RetainedSurvey implements Runnable {
    /** Messages looked at in one turn. */
    static final int SLICE = 1_024;

    private static final Comparator<Message> BY_TOPIC =
            Comparator.comparing(message -> message.topic().value());

    private final Shard shard;
    private final RetainedTree.Cursor cursor;
    private final Predicate<String> wanted;
    private final int limit;
    private final Found then;
    /** The last of those that were found first. */
    private final PriorityQueue<Message> found = new PriorityQueue<>(BY_TOPIC.reversed());

    private long matching;

    /** Is told the first by topic, at most as many as are wanted, and how many there are in all. */
    interface Found {
        void told(List<Message> first, long matching);
    }

    /** @param wanted whether a topic is */
    RetainedSurvey(Shard shard, RetainedTree.Cursor cursor, Predicate<String> wanted, int limit, Found then) {
        this.shard = shard;
        this.cursor = cursor;
        this.wanted = wanted;
        this.limit = limit;
        this.then = then;
    }

    @Override
    public void run() {
        long now = shard.loop.now();
        for (int looked = 0; looked < SLICE; looked++) {
            Message message = cursor.next();
            if (message == null) {
                List<Message> all = new ArrayList<>(found);
                all.sort(BY_TOPIC);
                then.told(all, matching);
                return;
            }
            if (!message.expiredAt(now) && wanted.test(message.topic().value())) {
                matching++;
                found.add(message);
                if (found.size() > limit) {
                    found.poll();
                }
            }
        }
        shard.loop.execute(this);
    }
}
