package io.coppice.storage;

import io.coppice.codec.MessageCodec;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.RetainedStore.Kept;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Retained messages in the journal: the topic in UTF-8, and for it a version (8 bytes) and the message; without one where
 * the topic was cleared and others may have an older message.
 */
final class RetainedChanges {
    private final Journal journal;
    private final Changes changes;
    /** The versions of this group, which are not in the journal yet. */
    private final Map<TopicName, Long> recent = new HashMap<>();

    private long latestVersion;

    RetainedChanges(Journal journal, Changes changes) {
        this.journal = journal;
        this.changes = changes;
    }

    /** All that was added is written, or has failed. */
    void ended() {
        recent.clear();
    }

    /** A version that there is already. */
    void found(long version) {
        latestVersion = Math.max(latestVersion, version);
    }

    /** @param message null clears the topic */
    Kept put(TopicName topic, @Nullable Message message) {
        long version = ++latestVersion;
        if (message == null) {
            changes.delete(Family.RETAINED, topic.utf8());
        } else {
            write(topic, version, message);
        }
        return new Kept(topic, version, message);
    }

    private void write(TopicName topic, long version, @Nullable Message message) {
        ByteBuf value = Unpooled.buffer(Long.BYTES + (message == null ? 0 : message.weight()));
        value.writeLong(version);
        if (message != null) {
            MessageCodec.encode(message, value);
        }
        changes.put(Family.RETAINED, Unpooled.wrappedBuffer(topic.utf8()), value);
    }

    /** Takes what another store has given its version, if it is newer than what is there. */
    void keep(Kept kept) throws JournalFault {
        TopicName topic = kept.topic();
        Long present = recent.get(topic);
        if (kept.version() > (present == null ? version(topic) : present)) {
            recent.put(topic, kept.version());
            write(topic, kept.version(), kept.message());
        }
    }

    void forgetAll() throws JournalFault {
        journal.scan(Family.RETAINED, (key, value) -> {
            changes.delete(Family.RETAINED, key);
        });
    }

    private long version(TopicName topic) throws JournalFault {
        byte[] present = journal.get(Family.RETAINED, topic.utf8());
        return present == null || present.length < Long.BYTES
                ? Long.MIN_VALUE
                : Unpooled.wrappedBuffer(present).readLong();
    }

    /**
     * What was written for a topic.
     *
     * @throws io.coppice.codec.UnreadableRecord where the bytes are not what was put
     */
    static Kept read(byte[] key, byte[] value) {
        ByteBuf in = Unpooled.wrappedBuffer(value);
        long version = in.readLong();
        if (!in.isReadable()) {
            return new Kept(TopicName.of(new String(key, StandardCharsets.UTF_8)), version, null);
        }
        Message message = MessageCodec.decode(in);
        return new Kept(message.topic(), version, message);
    }
}
