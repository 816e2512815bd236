package io.coppice.codec;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads what is particular to PUBLISH: its topic, and where its payload begins (MQTT 5, 3.3). */
final class PublishReader {
    private PublishReader() {}

    /** A topic name of one byte and more; refused with 0x90 where it is none or beyond the limits. */
    static TopicName topic(PacketReader in, DecoderLimits limits) {
        int length = in.twoBytes("topic name");
        in.need(length, "topic name");
        checkLength(length, limits);
        TopicName topic = read(in, length);
        checkLevels(topic.levels(), limits);
        return topic;
    }

    /**
     * As {@link #topic}, but null where the name is empty, and the same object for a topic that came lately.
     *
     * @param last the topic that the connection published to last; passed the limits then
     */
    static @Nullable TopicName topicOrAlias(
            PacketReader in, DecoderLimits limits, TopicCache cache, @Nullable TopicName last) {
        int length = in.twoBytes("topic name");
        in.need(length, "topic name");
        if (length == 0) {
            return null;
        }
        if (last != null && TopicCache.same(last.utf8(), in.bytes(), in.position(), length)) {
            in.skip(length);
            return last;
        }
        checkLength(length, limits);
        TopicName topic = cache.find(in.bytes(), in.position(), length);
        if (topic != null) {
            checkLevels(cache.foundLevels(), limits);
            in.skip(length);
            return topic;
        }
        topic = read(in, length);
        int levels = topic.levels();
        checkLevels(levels, limits);
        cache.add(topic, levels);
        return topic;
    }

    private static TopicName read(PacketReader in, int length) {
        String value = in.text(length, "topic name");
        byte[] utf8 = Arrays.copyOfRange(in.bytes(), in.position(), in.position() + length);
        in.skip(length);
        return TopicName.ofDecoded(value, utf8);
    }

    private static void checkLength(int length, DecoderLimits limits) {
        if (length > limits.topicLengthMax()) {
            throw new ProtocolError(
                    ReasonCode.TOPIC_NAME_INVALID,
                    "the topic name has " + length + " bytes; the limit is " + limits.topicLengthMax());
        }
    }

    private static void checkLevels(int levels, DecoderLimits limits) {
        if (levels > limits.topicLevelsMax()) {
            throw new ProtocolError(
                    ReasonCode.TOPIC_NAME_INVALID,
                    "the topic name has " + levels + " levels; the limit is " + limits.topicLevelsMax());
        }
    }

    /**
     * The bytes before the payload as far as the length fields tell, which are not checked here, and never
     * more than there are.
     */
    static int headLength(ByteBuf in, int index, int length, boolean withIdentifier, boolean withProperties) {
        if (length < 2) {
            return length;
        }
        long head = 2L + in.getUnsignedShort(index) + (withIdentifier ? 2 : 0);
        if (withProperties) {
            long propertyLength = 0;
            for (int shift = 0; shift <= 21 && head < length; shift += 7) {
                int next = in.getUnsignedByte(index + (int) head++);
                propertyLength |= (long) (next & 0x7F) << shift;
                if (next < 0x80) {
                    break;
                }
            }
            head += propertyLength;
        }
        return (int) Math.min(head, length);
    }
}
