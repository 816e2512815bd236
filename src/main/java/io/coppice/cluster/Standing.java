package io.coppice.cluster;

import com.hazelcast.core.HazelcastInstance;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How far a member has come with its start, or back after it was left without a majority. */
enum Standing {
    /** What is on its disk is not with the others yet. */
    BRINGING,
    /** It has nothing that the others have not, and serves nobody yet. */
    BROUGHT,
    /** It has served, lost its majority, and waits until all is there again. */
    WAITING,
    /** It serves: whatever can be expected is here. */
    AT_WORK;

    private static final Standing[] ALL = values();

    /** From now on others are told this of a member. */
    static void tell(HazelcastInstance member, Supplier<Standing> standing) {
        member.getUserContext().put(Standing.class.getName(), standing);
    }

    /** What a member tells. */
    static Standing of(HazelcastInstance member) {
        return member.getUserContext().get(Standing.class.getName()) instanceof Supplier<?> told
                        && told.get() instanceof Standing standing
                ? standing
                : BRINGING;
    }

    /** Null where a later release has a word for it that this one has not. */
    static @Nullable Standing numbered(int number) {
        return number >= 0 && number < ALL.length ? ALL[number] : null;
    }
}
