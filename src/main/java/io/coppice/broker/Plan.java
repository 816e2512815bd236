package io.coppice.broker;

import io.coppice.mqtt.TopicName;
import io.coppice.topic.Matches;
import io.coppice.topic.SharedGroup;
import io.coppice.topic.Target;

/** Where messages of one topic go, sorted by shard; good for as long as the subscription tree does not change. */
final class Plan {
    private static final Target[] NOBODY = new Target[0];
    private static final SharedGroup[] NO_GROUPS = new SharedGroup[0];

    final TopicName topic;
    final long version;
    private final Target[][] byShard;
    /** Other nodes with subscribers. */
    final Target[] peers;

    final SharedGroup[] groups;
    final boolean matched;
    /** Subscribers on all shards. */
    final int here;

    Plan(TopicName topic, long version, Matches matches, int shards) {
        this.topic = topic;
        this.version = version;
        Target[][] sorted = sort(matches, shards);
        this.peers = sorted[shards];
        this.byShard = sorted;
        this.groups = groups(matches);
        this.matched = !matches.isEmpty();
        this.here = matches.size() - peers.length;
    }

    /** Deliveries that are due where a message is published. */
    int due(boolean toPeers) {
        return here + groups.length + (toPeers ? peers.length : 0);
    }

    /** The subscribers on a shard; not to be written to. */
    Target[] on(int shard) {
        return byShard[shard];
    }

    /** By shard, and behind the last one the other nodes. */
    private static Target[][] sort(Matches matches, int shards) {
        int[] counts = new int[shards + 1];
        for (int i = 0; i < matches.size(); i++) {
            counts[home(matches.target(i), shards)]++;
        }
        Target[][] sorted = new Target[shards + 1][];
        for (int home = 0; home <= shards; home++) {
            sorted[home] = counts[home] == 0 ? NOBODY : new Target[counts[home]];
        }
        for (int i = matches.size() - 1; i >= 0; i--) {
            Target target = matches.target(i);
            int home = home(target, shards);
            sorted[home][--counts[home]] = target;
        }
        return sorted;
    }

    private static int home(Target target, int shards) {
        return target.subscriber() instanceof SessionSlot slot ? slot.shard.index : shards;
    }

    private static SharedGroup[] groups(Matches matches) {
        if (matches.groups() == 0) {
            return NO_GROUPS;
        }
        SharedGroup[] groups = new SharedGroup[matches.groups()];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = matches.group(i);
        }
        return groups;
    }
}
