package io.coppice.topic;

/** Who takes the messages of one topic: each subscriber once, and each shared group. Immutable. */
public final class Matches {
    private static final Target[] NO_TARGETS = new Target[0];
    private static final SharedGroup[] NO_GROUPS = new SharedGroup[0];

    public static final Matches NONE = new Matches(NO_TARGETS, 0, NO_GROUPS, 0);

    private final Target[] targets;
    private final int size;
    private final SharedGroup[] groups;
    private final int groupCount;

    private Matches(Target[] targets, int size, SharedGroup[] groups, int groupCount) {
        this.targets = targets;
        this.size = size;
        this.groups = groups;
        this.groupCount = groupCount;
    }

    /** Arrays may be longer than what counts of them; they are handed over. */
    static Matches of(Target[] targets, int size, SharedGroup[] groups, int groupCount) {
        return size == 0 && groupCount == 0 ? NONE : new Matches(targets, size, groups, groupCount);
    }

    /** How many subscribers take the message each for itself. */
    public int size() {
        return size;
    }

    /**
     * One subscriber, in no particular order.
     *
     * @param i 0 to {@link #size()} - 1
     */
    public Target target(int i) {
        return targets[i];
    }

    /** How many shared groups take the message, each by one of its members. */
    public int groups() {
        return groupCount;
    }

    /**
     * One shared group, in no particular order.
     *
     * @param i 0 to {@link #groups()} - 1
     */
    public SharedGroup group(int i) {
        return groups[i];
    }

    public boolean isEmpty() {
        return size == 0 && groupCount == 0;
    }
}
