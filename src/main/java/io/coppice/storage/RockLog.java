package io.coppice.storage;

import static org.slf4j.MarkerFactory.getMarker;

import org.rocksdb.InfoLogLevel;
import org.rocksdb.Logger;
import org.slf4j.LoggerFactory;

/** What RocksDB has to say, in the log of the node; of its routine nothing. */
final class RockLog extends Logger {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(RockLog.class);

    RockLog() {
        super(InfoLogLevel.WARN_LEVEL);
    }

    @Override
    protected void log(InfoLogLevel level, String message) {
        if (level == InfoLogLevel.WARN_LEVEL) {
            LOG.warn(getMarker("journal-engine-warning"), "{}", message);
        } else {
            LOG.error(getMarker("journal-engine-error"), "{}", message);
        }
    }
}
