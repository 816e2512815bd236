package io.coppice.cluster;

import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.IndeterminateOperationState;
import com.hazelcast.core.IndeterminateOperationStateException;
import com.hazelcast.core.MemberLeftException;
import com.hazelcast.core.OperationTimeoutException;
import com.hazelcast.spi.exception.RetryableException;
import com.hazelcast.spi.exception.TargetDisconnectedException;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What the faults of Hazelcast mean to who asked. */
final class Faults {
    private Faults() {}

    /** The fault itself, without what futures wrap it in. */
    static Throwable bare(Throwable fault) {
        Throwable bare = fault;
        while ((bare instanceof CompletionException || bare instanceof ExecutionException) && bare.getCause() != null) {
            bare = bare.getCause();
        }
        return bare;
    }

    /**
     * Whether the same may come out otherwise when it is asked again: a member left, partitions move, nobody knows what
     * became of it, the member that was asked is stopping or does not see the majority yet that this one sees.
     *
     * @param majority whether this member is running and sees a majority; nothing passes otherwise
     */
    static boolean mayPass(Throwable fault, boolean majority) {
        Throwable bare = bare(fault);
        return majority
                && (bare instanceof IndeterminateOperationStateException
                        || bare instanceof IndeterminateOperationState
                        || bare instanceof SplitBrainProtectionException
                        || bare instanceof HazelcastInstanceNotActiveException
                        || bare instanceof OperationTimeoutException
                        || bare instanceof MemberLeftException
                        || bare instanceof TargetDisconnectedException
                        || bare instanceof RetryableException);
    }
}
