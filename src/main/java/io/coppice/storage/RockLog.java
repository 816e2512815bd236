package io.coppice.storage;

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
            LOG.warn("{}", message);
        } else {
            LOG.error("{}", message);
        }
    }
}
