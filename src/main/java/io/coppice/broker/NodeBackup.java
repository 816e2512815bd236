package io.coppice.broker;

import io.coppice.port.Backup;
import org.jspecify.annotations.Nullable;

/** What a node keeps, for who wants a copy of it or brings one. */
final class NodeBackup implements Backup {
    private final Broker broker;

    NodeBackup(Broker broker) {
        this.broker = broker;
    }

    @Override
    public Reading read() {
        return new BackupReading(broker);
    }

    @Override
    public Restoring restore(boolean replace) {
        return new BackupRestoring(broker, replace);
    }

    /** Why nothing can be taken in at the moment, in words for an operator; null where it can. */
    static @Nullable String obstacle(Broker broker) {
        if (broker.isDraining()) {
            return "this node is shutting down";
        }
        if (!broker.cluster.serves()) {
            return "this node does not serve: it is starting, or not in touch with a majority of the cluster";
        }
        String refusal = broker.store.refusal();
        return refusal == null ? null : "nothing can be stored: " + refusal;
    }
}
