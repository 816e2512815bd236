package io.coppice.access;

import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.HashMap;
import java.util.Map;

/** Filters of one client, of which each may be taken back; what a topic costs does not depend on their number. One thread. */
final class GrantedFilters {
    /** Filters that are taken back leave their levels behind, up to so many more than there are others. */
    private static final int LEFT_BEHIND = 16;

    /** How often each is granted: alone, and inside shared subscriptions. */
    private final Map<String, Integer> times = new HashMap<>();

    private TopicRules tree = new TopicRules();
    private int takenBack;

    void add(TopicFilter filter) {
        if (times.merge(filter.inner(), 1, Integer::sum) == 1) {
            tree.add(filter, TopicRules.READ);
        }
    }

    void remove(TopicFilter filter) {
        if (times.merge(filter.inner(), -1, Integer::sum) > 0) {
            return;
        }
        times.remove(filter.inner());
        tree.remove(filter, TopicRules.READ);
        if (++takenBack > times.size() + LEFT_BEHIND) {
            takenBack = 0;
            tree = new TopicRules();
            times.keySet().forEach(each -> tree.add(TopicFilter.of(each), TopicRules.READ));
        }
    }

    /** Filters that were taken back and whose levels are still there. */
    int leftBehind() {
        return takenBack;
    }

    boolean match(TopicName topic) {
        return tree.match(topic) != 0;
    }
}
