package io.coppice.storage;

import io.coppice.codec.MessageCodec;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.RetainedStore.Kept;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** Retained messages in the journal: the topic in UTF-8, and for it a version (8 bytes) and the message. */
final class RetainedChanges {
    private final Changes changes;
    private long latestVersion;

    RetainedChanges(Changes changes) {
        this.changes = changes;
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
            ByteBuf value = Unpooled.buffer(Long.BYTES + message.weight());
            value.writeLong(version);
            MessageCodec.encode(message, value);
            changes.put(Family.RETAINED, Unpooled.wrappedBuffer(topic.utf8()), value);
        }
        return new Kept(topic, version, message);
    }

    /** @throws io.coppice.codec.UnreadableRecord where the bytes are not what was put */
    static Kept read(byte[] value) {
        ByteBuf in = Unpooled.wrappedBuffer(value);
        long version = in.readLong();
        Message message = MessageCodec.decode(in);
        return new Kept(message.topic(), version, message);
    }
}
