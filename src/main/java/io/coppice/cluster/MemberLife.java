package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far a node has come as a member of its cluster, and the one end of that which nobody asked for. Any thread. */
final class MemberLife {
    private static final Logger LOG = LoggerFactory.getLogger(MemberLife.class);

    enum State {
        JOINING,
        /** It fits those who are there, and waits for a majority. */
        JOINED,
        /** As before, but it has come to others since, whom it need not fit. */
        MOVED,
        /** There was a majority: from now on it may have what others have not. */
        SERVING,
        /** It brings what it has to another part of the cluster. */
        MERGING,
        /** It has brought it, and leaves when others have it. */
        LEAVING,
        ENDED;

        private State afterMerge() {
            return switch (this) {
                case JOINING, JOINED, MOVED -> MOVED;
                case SERVING, MERGING, LEAVING -> LEAVING;
                case ENDED -> ENDED;
            };
        }
    }

    static final String CUT_OFF = "it was cut off from a majority";

    private final MemberSettings settings;
    private final Consumer<String> expelled;
    private final AtomicReference<State> state = new AtomicReference<>(State.JOINING);
    /** On the clock of {@link System#nanoTime}. */
    private volatile long mergeBegan;

    /** @param expelled told once, when it ends against its will, with the reason */
    MemberLife(MemberSettings settings, Consumer<String> expelled) {
        this.settings = settings;
        this.expelled = expelled;
    }

    State state() {
        return Objects.requireNonNull(state.get());
    }

    /** Whether it acts no more, and is about to end. */
    boolean isEnding() {
        State now = state.get();
        return now == State.MERGING || now == State.LEAVING;
    }

    /** From one state to another; whether it was in the first. */
    boolean become(State former, State next) {
        return state.compareAndSet(former, next);
    }

    /** It comes to another part of the cluster; whether it has to bring what it has. */
    boolean merging() {
        mergeBegan = System.nanoTime();
        return become(State.SERVING, State.MERGING);
    }

    /** It has come there. Answers with the state in which it is now. */
    State merged() {
        return Objects.requireNonNull(state.updateAndGet(State::afterMerge));
    }

    /** Since when it comes to another part of the cluster, in nanoseconds; of use while it is ending. */
    long mergingFor() {
        return System.nanoTime() - mergeBegan;
    }

    /** It leaves because it was told to. */
    void over() {
        state.set(State.ENDED);
    }

    /** It is no member any more, against its will. */
    void end(String reason) {
        State former = state.getAndUpdate(now -> now == State.JOINING ? now : State.ENDED);
        if (former != State.JOINING && former != State.ENDED) {
            LOG.warn(
                    getMarker("cluster-expelled"),
                    "Node {} is a member of cluster {} no longer: {}. It must start anew.",
                    settings.id(),
                    settings.cluster().name(),
                    reason);
            expelled.accept(reason);
        }
    }
}
