package io.coppice.cluster;

import io.coppice.port.WireVersions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Which version this node writes of what members say to each other and keep: one that all of them read, and never an older one than
 * before. It goes up in two steps. A node *promises* a version when it sees that everybody reads it, keeps that on its disk, and
 * from then on nobody comes who does not read it; it *writes* it when everybody has promised. Any thread.
 */
public final class VersionInEffect {
    /** Whoever has asked to come is a member by then, for all to see, or did not become one. */
    private static final long COMING_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Where what was promised, and what is written, outlives the node. */
    public interface Shelf {
        /** @throws java.io.UncheckedIOException where it cannot be kept; then nothing was promised, and nothing changes */
        void keep(Kept kept);
    }

    /** @param written at most {@code promised} */
    public record Kept(int promised, int written) {}

    /**
     * What a node says of itself.
     *
     * @param wanted up to which its operator lets the version go
     */
    public record Claim(int oldest, int newest, int wanted, int promised, int written) {}

    private record Coming(long since, int newest) {}

    private final WireVersions known;
    private final Shelf shelf;
    private final LongSupplier nanoTime;
    private final List<Coming> coming = new ArrayList<>();
    private volatile int wanted;
    private volatile Kept kept;

    /**
     * Of a node that starts.
     *
     * @param known what it reads, and up to which version it may write
     * @param kept as the disk has it; where it has nothing, see {@link #none}
     */
    public VersionInEffect(WireVersions known, Kept kept, Shelf shelf, LongSupplier nanoTime) {
        this.known = known;
        this.wanted = known.spoken();
        this.kept = kept;
        this.shelf = shelf;
        this.nanoTime = nanoTime;
    }

    /** What a node knows that has no disk, or a new one: the oldest version, which everybody reads who can be there. */
    public static Kept none(WireVersions known) {
        return new Kept(known.oldest(), known.oldest());
    }

    /** The version that is written now. */
    public int written() {
        return kept.written;
    }

    /** An operator lets the version go up to another one; below what was promised that changes nothing. */
    public void want(int version) {
        wanted = Math.min(version, known.newest());
    }

    /** What this node says of itself. */
    public Claim claim() {
        Kept now = kept;
        return new Claim(known.oldest(), known.newest(), wanted, now.promised, now.written);
    }

    /**
     * Somebody asks to come. From now on nothing is promised that it does not read, or it reads here what it does not.
     *
     * @param newest that it reads
     */
    public synchronized Claim greet(int newest) {
        coming.add(new Coming(nanoTime.getAsLong(), newest));
        return claim();
    }

    /**
     * Takes the steps that can be taken; to be called from time to time.
     *
     * @param others the claims of all other members, each of them younger than the list of members
     * @param complete whether as many are there as there are meant to be
     */
    public synchronized void look(Collection<Claim> others, boolean complete) {
        int told = kept.promised;
        int allowed = wanted;
        int readByAll = known.newest();
        for (Claim other : others) {
            told = Math.max(told, other.promised);
            allowed = Math.min(allowed, other.wanted);
            readByAll = Math.min(readByAll, other.newest);
        }
        int next = complete ? Math.max(told, allowed) : told;
        if (next > kept.promised && next <= Math.min(readByAll, readByComing())) {
            keep(new Kept(next, kept.written));
        }
        int promised = kept.promised;
        if (kept.written < promised && others.stream().allMatch(other -> other.promised >= promised)) {
            keep(new Kept(promised, promised));
        }
    }

    private int readByComing() {
        int newest = Integer.MAX_VALUE;
        long now = nanoTime.getAsLong();
        for (Iterator<Coming> each = coming.iterator(); each.hasNext(); ) {
            Coming one = each.next();
            if (now - one.since > COMING_NANOS) {
                each.remove();
            } else {
                newest = Math.min(newest, one.newest);
            }
        }
        return newest;
    }

    private void keep(Kept next) {
        shelf.keep(next);
        kept = next;
    }
}
