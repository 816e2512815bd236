package io.coppice.simulation;

import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one node of several stores: with the others, and on a disk of its own. While that is full nothing counts as stored that
 * comes from this node, though the others have it; it is written later.
 */
final class SimDisk implements SessionStore {
    private final SimStore shared;
    boolean full;

    SimDisk(SimStore shared) {
        this.shared = shared;
    }

    @Override
    public void append(Loop loop, List<Entry> entries, Consumer<Outcome> then) {
        boolean late = full;
        shared.append(
                loop,
                entries,
                outcome -> then.accept(late && outcome.safe() ? new Outcome(false, outcome.fenced(), true) : outcome));
    }

    @Override
    public void load(
            String clientId, long epoch, Loop loop, Consumer<@Nullable List<SessionRecord>> then, Runnable outdated) {
        shared.load(clientId, epoch, loop, then, outdated);
    }

    @Override
    public void page(String clientId, long after, long bytesMax, Loop loop, Consumer<@Nullable Page> then) {
        shared.page(clientId, after, bytesMax, loop, then);
    }

    @Override
    public @Nullable String refusal() {
        return full ? "the disk is full" : shared.refusal();
    }

    @Override
    public boolean isBroken() {
        return full || shared.isBroken();
    }

    @Override
    public boolean isCrowded() {
        return shared.isCrowded();
    }

    @Override
    public void left(String clientId, long epoch) {
        shared.left(clientId, epoch);
    }
}
