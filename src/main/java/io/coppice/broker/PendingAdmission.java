package io.coppice.broker;

import java.util.ArrayList;
import java.util.List;

/** A client identifier that is being admitted on a shard, and what waits for the end of it. */
final class PendingAdmission {
    private static final long UNKNOWN = -1;

    private final Shard shard;
    private final String clientId;
    private final List<Runnable> waiting = new ArrayList<>(0);
    private long epoch = UNKNOWN;

    PendingAdmission(Shard shard, String clientId) {
        this.shard = shard;
        this.clientId = clientId;
    }

    String clientId() {
        return clientId;
    }

    /** Whether its claim was made before one with the epoch, as far as is known yet. */
    boolean mayBeBefore(long wanted) {
        return epoch < wanted;
    }

    void then(Runnable task) {
        waiting.add(task);
    }

    /** The registry has answered: those who came before wait no more. */
    void claimed(long newEpoch) {
        epoch = newEpoch;
        runWaiting();
    }

    void ended() {
        shard.admitted(this);
        runWaiting();
    }

    private void runWaiting() {
        List<Runnable> tasks = new ArrayList<>(waiting);
        waiting.clear();
        tasks.forEach(Runnable::run);
    }
}
