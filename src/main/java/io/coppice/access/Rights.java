package io.coppice.access;

import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.List;

/**
 * What the rules give one client. They stand in stages, of which the first that says anything of a topic decides; within one,
 * what denies outweighs what grants. What no stage grants is denied.
 */
final class Rights {
    /** Those of a client to whom no rule gives anything. */
    static final Rights NONE = new Rights(List.of());

    private final TopicRules[][] stages;

    Rights(List<List<TopicRules>> stages) {
        this.stages = stages.stream()
                .filter(stage -> !stage.isEmpty())
                .map(stage -> stage.toArray(new TopicRules[0]))
                .toArray(TopicRules[][]::new);
    }

    /** What the client may do with a topic: any of {@link TopicRules#READ} and {@link TopicRules#WRITE}. */
    int allowed(TopicName topic) {
        int open = TopicRules.READ | TopicRules.WRITE; // what no stage has decided yet
        int allowed = 0;
        for (int stage = 0; stage < stages.length && open != 0; stage++) {
            int given = 0;
            for (TopicRules rules : stages[stage]) {
                given |= rules.match(topic);
            }
            int denied = given >> TopicRules.DENIAL;
            allowed |= given & ~denied & open;
            open &= ~(given | denied);
        }
        return allowed;
    }

    /** Whether a filter may match anything that the client may read; where it is not plain that it matches nothing, it may. */
    boolean allowSome(TopicFilter filter) {
        for (TopicRules[] stage : stages) {
            if (anyCovers(stage, filter, TopicRules.DENY_READ)) {
                return false;
            }
            if (anyOverlaps(stage, filter, TopicRules.READ)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it is plain that the client may read all that a filter matches: one rule grants it, and none denies any of it. */
    boolean allowAll(TopicFilter filter) {
        for (TopicRules[] stage : stages) {
            if (anyOverlaps(stage, filter, TopicRules.DENY_READ)) {
                return false;
            }
            if (anyCovers(stage, filter, TopicRules.READ)) {
                return true;
            }
        }
        return false;
    }

    private static boolean anyCovers(TopicRules[] stage, TopicFilter filter, int rights) {
        for (TopicRules rules : stage) {
            if (rules.covers(filter, rights)) {
                return true;
            }
        }
        return false;
    }

    private static boolean anyOverlaps(TopicRules[] stage, TopicFilter filter, int rights) {
        for (TopicRules rules : stage) {
            if (rules.overlaps(filter, rights)) {
                return true;
            }
        }
        return false;
    }
}
