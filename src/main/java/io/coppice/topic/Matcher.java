package io.coppice.topic;

import io.coppice.mqtt.TopicName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One match of a topic against the tree (MQTT 5, 4.7); for one use. */
final class Matcher {
    /** Up to here comparing with everyone is cheaper than an index. */
    private static final int SCAN_MAX = 16;

    private static final Target[] NO_TARGETS = new Target[0];
    private static final SharedGroup[] NO_GROUPS = new SharedGroup[0];
    private static final SubscriptionNode[] NO_NODES = new SubscriptionNode[0];
    private static final int[] NO_DEPTHS = {};

    private final TopicLevels levels;
    private final boolean system;
    /** Whether one walk may meet a client twice, because it was removed and added again meanwhile. */
    private final boolean changing;

    private SubscriptionNode[] waiting = NO_NODES;
    private int[] waitingDepth = NO_DEPTHS;
    private int waitingCount;

    private Target[] targets = NO_TARGETS;
    private int size;
    private SharedGroup[] groups = NO_GROUPS;
    private int groupCount;

    /** The place of each client among the targets, once there are too many to scan. */
    private @Nullable Map<String, Integer> index;

    /** By place, the targets of clients of which several subscriptions match. */
    private @Nullable Map<Integer, List<Target>> merges;

    private int visited;

    Matcher(TopicName topic, LevelCodes numbers, boolean changing) {
        this.changing = changing;
        this.levels = new TopicLevels(topic.utf8(), numbers);
        this.system = topic.isSystem();
    }

    /** How many nodes the match looked at. */
    int visited() {
        return visited;
    }

    Matches match(SubscriptionNode root) {
        SubscriptionNode node = root;
        int depth = 0;
        while (node != null) {
            visited++;
            SubscriptionNode next = null;
            if (node.rest == SubscriptionNode.NONE || levels.fit(node, depth)) {
                depth += node.rest.length;
                next = below(node, depth);
            }
            if (next != null) {
                node = next;
                depth++;
            } else if (waitingCount > 0) {
                node = waiting[--waitingCount];
                depth = waitingDepth[waitingCount];
            } else {
                node = null;
            }
        }
        if (merges != null) {
            merges.forEach((place, parts) -> targets[place] = Target.merged(parts));
        }
        return Matches.of(targets, size, groups, groupCount);
    }

    /**
     * Collects what ends at a node and says where to go on; what must wait is put aside.
     *
     * @param depth how many levels of the topic the node and those above it have matched
     */
    private @Nullable SubscriptionNode below(SubscriptionNode node, int depth) {
        boolean ends = !levels.has(depth);
        Branches branches = node.below;
        if (ends || branches == null && node.takesAllBelow()) {
            collect(node);
        }
        if (branches == null) {
            return null;
        }
        // A wildcard at the beginning does not match a topic that begins with '$' (MQTT-4.7.2-1).
        boolean wildcards = depth > 0 || !system;
        SubscriptionNode hash = wildcards ? branches.hash : null;
        if (hash != null) {
            collect(hash);
        }
        if (ends) {
            return null;
        }
        SubscriptionNode literal = branches.literal(levels, depth);
        SubscriptionNode plus = wildcards ? branches.plus : null;
        if (literal == null) {
            return plus;
        }
        if (plus != null) {
            putAside(plus, depth + 1);
        }
        return literal;
    }

    private void putAside(SubscriptionNode node, int depth) {
        if (waitingCount == waiting.length) {
            int longer = Math.max(4, 2 * waitingCount);
            waiting = Arrays.copyOf(waiting, longer);
            waitingDepth = Arrays.copyOf(waitingDepth, longer);
        }
        waiting[waitingCount] = node;
        waitingDepth[waitingCount++] = depth;
    }

    private void collect(SubscriptionNode node) {
        Object found = node.targets;
        if (found instanceof Target only) {
            add(only);
        } else if (found != null) {
            reserve(Bag.size(found));
            if (size == 0 && !changing) {
                Bag.forEach(found, this::append);
            } else {
                Bag.forEach(found, this::merge);
            }
        }
        Object shared = node.groups;
        if (shared != null) {
            Bag.forEach(shared, this::appendGroup);
        }
    }

    private void reserve(int more) {
        if (size + more > targets.length) {
            targets = Arrays.copyOf(targets, size == 0 ? more : Math.max(size + more, 2 * size));
        }
    }

    private void append(Target target) {
        if (size == targets.length) {
            reserve(1);
        }
        targets[size++] = target;
    }

    private void add(Target target) {
        if (size == 0 && !changing) {
            append(target);
        } else {
            merge(target);
        }
    }

    private void merge(Target target) {
        int place = place(target.key());
        if (place < 0) {
            append(target);
            return;
        }
        if (merges == null) {
            merges = new HashMap<>();
        }
        merges.computeIfAbsent(place, at -> new ArrayList<>(List.of(targets[at])))
                .add(target);
    }

    /** The place of a client among the targets; -1 for a new one, which is counted on to take the next place. */
    private int place(String clientId) {
        if (index == null && size <= SCAN_MAX) {
            for (int i = 0; i < size; i++) {
                if (targets[i].key().equals(clientId)) {
                    return i;
                }
            }
            return -1;
        }
        if (index == null) {
            index = new HashMap<>(2 * targets.length);
            for (int i = 0; i < size; i++) {
                index.put(targets[i].key(), i);
            }
        }
        Integer taken = index.putIfAbsent(clientId, size);
        return taken == null ? -1 : taken;
    }

    private void appendGroup(SharedGroup group) {
        if (groupCount == groups.length) {
            groups = Arrays.copyOf(groups, Math.max(2, 2 * groupCount));
        }
        groups[groupCount++] = group;
    }
}
