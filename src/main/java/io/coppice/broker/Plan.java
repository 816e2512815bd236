package io.coppice.broker;

import io.coppice.mqtt.TopicName;
import io.coppice.topic.Matches;
import io.coppice.topic.SharedGroup;
import io.coppice.topic.Target;
import java.util.ArrayList;
import java.util.List;

/** Where messages of one topic go, sorted by shard; good for as long as the subscription tree does not change. */
final class Plan {
    private static final Target[] NOBODY = new Target[0];
    private static final SharedGroup[] NO_GROUPS = new SharedGroup[0];

    final TopicName topic;
    final long version;
    private final Target[][] byShard;
    final SharedGroup[] groups;
    final boolean matched;

    Plan(TopicName topic, long version, Matches matches, int shards) {
        this.topic = topic;
        this.version = version;
        this.byShard = sort(matches, shards);
        this.groups = groups(matches);
        this.matched = !matches.isEmpty();
    }

    /** The subscribers on a shard; not to be written to. */
    Target[] on(int shard) {
        return byShard[shard];
    }

    private static Target[][] sort(Matches matches, int shards) {
        Target[][] sorted = new Target[shards][];
        if (shards == 1) {
            Target[] all = new Target[matches.size()];
            for (int i = 0; i < all.length; i++) {
                all[i] = matches.target(i);
            }
            sorted[0] = all;
            return sorted;
        }
        List<List<Target>> lists = new ArrayList<>(shards);
        for (int shard = 0; shard < shards; shard++) {
            lists.add(new ArrayList<>(0));
        }
        for (int i = 0; i < matches.size(); i++) {
            Target target = matches.target(i);
            lists.get(SessionSlot.of(target).shard.index).add(target);
        }
        for (int shard = 0; shard < shards; shard++) {
            sorted[shard] = lists.get(shard).toArray(NOBODY);
        }
        return sorted;
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
