package io.coppice.storage;

import io.coppice.port.Home;
import io.coppice.port.JournalStatus;
import io.coppice.port.NodeId;
import io.coppice.port.RetainedStore;
import io.coppice.port.SessionRegistry;
import io.coppice.port.SessionStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Everything that a node which is alone keeps on its disk, and what of it was there when it started. */
public final class JournalStores implements AutoCloseable {
    private final DataDirectory directory;
    private final JournalWriter writer;
    private final SessionRegistry registry;
    private final SessionStore sessionStore;
    private final RetainedStore retainedStore;
    private final JournalStatus status;

    private JournalStores(
            DataDirectory directory,
            JournalWriter writer,
            JournalStatus status,
            SessionRegistry registry,
            SessionStore sessionStore) {
        this.directory = directory;
        this.writer = writer;
        this.status = status;
        this.registry = registry;
        this.sessionStore = sessionStore;
        this.retainedStore = new JournalRetainedStore(writer);
    }

    /**
     * What is chosen about it.
     *
     * @param directory made where it is not there
     * @param sync whether what is answered as safe is on the disk itself, not only with the operating system
     * @param freeMin bytes that are left free; with less nothing new is welcome
     * @param backlogBytesMax bytes that may wait to be written; with more nothing new is welcome
     * @param queueMemoryMax weight of messages of a queue that are loaded with its session; the others are read when their
     *     turn comes
     */
    public record Settings(Path directory, boolean sync, long freeMin, long backlogBytesMax, long queueMemoryMax) {}

    /**
     * Opens what a node keeps.
     *
     * @param node in the life that begins; sessions are found at home in an earlier one
     * @param now milliseconds since 1970
     * @throws JournalFault where the disk is in the way, another process has the directory, or what is there does not read
     */
    public static JournalStores open(Settings settings, NodeId node, long now) throws JournalFault {
        return open(settings, Formats.OF_THIS_RELEASE, node, now);
    }

    static JournalStores open(Settings settings, Formats formats, NodeId node, long now) throws JournalFault {
        DataDirectory directory = DataDirectory.open(settings.directory());
        try {
            Map<String, String> owners = new HashMap<>();
            JournalOptions options = new JournalOptions(settings.sync(), formats);
            JournalState state = JournalRecovery.open(settings.directory(), options, null, owners::put);
            JournalWriter.Opening again = () -> JournalRecovery.reopen(settings.directory(), options, null);
            NodeId former = node.formerly();
            List<SessionRegistry.Resident> residents = new ArrayList<>();
            state.sessions()
                    .sessions()
                    .forEach((clientId, session) ->
                            residents.add(new SessionRegistry.Resident(clientId, new Home(former, 0, session.epoch))));
            FreeSpace space = new FreeSpace(directory, settings.freeMin());
            Backlog backlog = new Backlog(settings.backlogBytesMax());
            JournalWriter writer = new JournalWriter(JournalWriter.Pace.DEFAULT, state, again, space, backlog);
            return new JournalStores(
                    directory,
                    writer,
                    new JournalReport(directory.path(), writer, backlog, space),
                    new LocalSessionRegistry(now, residents, owners),
                    new JournalSessionStore(writer, settings.queueMemoryMax(), state.queues()));
        } catch (JournalFault e) {
            directory.close();
            throw e;
        }
    }

    public SessionRegistry registry() {
        return registry;
    }

    public SessionStore sessionStore() {
        return sessionStore;
    }

    public RetainedStore retainedStore() {
        return retainedStore;
    }

    public JournalStatus status() {
        return status;
    }

    /**
     * Which version is written from now on; never an older one than before.
     *
     * @param version see {@link io.coppice.config.ReleaseVersions}
     */
    public void writes(int version) {
        raise(Formats.of(version));
    }

    void raise(byte format) {
        writer.raise(format);
    }

    /** Writes what is left, and lets others have the directory. */
    @Override
    public void close() {
        writer.close();
        directory.close();
    }
}
