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

    /** @param right {@link TopicRules#READ} or {@link TopicRules#WRITE} */
    boolean allow(TopicName topic, int right) {
        for (TopicRules[] stage : stages) {
            int given = 0;
            for (TopicRules rules : stage) {
                given |= rules.match(topic);
            }
            if ((given & denial(right)) != 0) {
                return false;
            }
            if ((given & right) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether a filter may match anything that the client may read; where it is not plain that it matches nothing, it may. */
    boolean allowSome(TopicFilter filter) {
        for (TopicRules[] stage : stages) {
            if (anyCovers(stage, filter, denial(TopicRules.READ))) {
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
            if (anyOverlaps(stage, filter, denial(TopicRules.READ))) {
                return false;
            }
            if (anyCovers(stage, filter, TopicRules.READ)) {
                return true;
            }
        }
        return false;
    }

    private static int denial(int right) {
        return right == TopicRules.READ ? TopicRules.DENY_READ : TopicRules.DENY_WRITE;
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
