package io.coppice.backup;

import io.coppice.mqtt.Message;
import io.coppice.session.SessionRecord;
import java.util.List;

/** What a line of a backup says. */
public sealed interface BackupEntry {
    /**
     * Where the backup comes from.
     *
     * @param release of Coppice that wrote it
     * @param node whose sessions it has
     * @param cluster of that node; empty for one that is alone
     * @param at when it was begun, milliseconds since 1970
     */
    record Header(String release, String node, String cluster, long at) implements BackupEntry {}

    record Retained(Message message) implements BackupEntry {}

    /**
     * A session begins.
     *
     * @param life {@link SessionRecord.Attached} with the epoch 0, and {@link SessionRecord.Parked} unless its client was connected
     */
    record SessionBegins(String clientId, List<SessionRecord> life) implements BackupEntry {}

    /** The session that began last has this too. Its messages are numbered from 1 on, in their order. */
    record SessionHas(List<SessionRecord> records) implements BackupEntry {}

    /** All of the session that began last has been told. */
    record SessionEnds() implements BackupEntry {}

    /**
     * The end: all that was written has been read.
     *
     * @param leftOut sessions that were on their way to another node while this was written
     */
    record Trailer(BackupCounts counts, long leftOut) implements BackupEntry {}
}
