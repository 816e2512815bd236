package io.coppice.cluster;

import com.hazelcast.core.HazelcastInstanceNotActiveException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether what this member keeps has all the copies on others that it is meant to have. It is not so for a while after a member
 * came or went, and for as long as there are fewer members than copies.
 *
 * <p>Asked every few seconds on a thread of its own, since the answer takes a question to each copy: as many as Hazelcast itself asks
 * twice a minute.
 */
final class Copies implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Copies.class);
    private static final int TICKS = 5;

    private final BooleanSupplier inPlace;
    private final BackgroundLoop background = new BackgroundLoop("coppice-copies");
    private int ticks;
    private volatile boolean busy;
    private volatile boolean missing;

    /** @param inPlace may take its time */
    Copies(BooleanSupplier inPlace) {
        this.inPlace = inPlace;
    }

    static Copies of(HazelcastMember member, Electorate electorate) {
        int backups = member.settings().cluster().backups();
        return new Copies(() -> member.members().size() > Math.min(backups, electorate.size() - 1)
                && member.instance().getPartitionService().isLocalMemberSafe());
    }

    /** Another second is over. On one thread. */
    void tick() {
        if (ticks++ % TICKS == 0 && !busy) {
            busy = true;
            background.execute(this::look);
        }
    }

    private void look() {
        try {
            missing = !inPlace.getAsBoolean();
        } catch (HazelcastInstanceNotActiveException gone) {
            LOG.debug("this is no member any more", gone);
        } finally {
            busy = false;
        }
    }

    /** Whether some were missing when this was looked at last. Any thread. */
    boolean missing() {
        return missing;
    }

    @Override
    public void close() {
        background.close();
    }
}
