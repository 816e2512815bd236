package io.coppice.codec;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Appends one message to many connections for little more than a copy. The first connection's PUBLISH is
 * encoded straight into its output; from the second of the same form on (same message, version, QoS, RETAIN,
 * Subscription Identifiers and remaining expiry) the encoded bytes are kept, and the next ones are a bulk copy
 * with the packet identifier put in.
 *
 * <p>A payload above {@link #INLINE_PAYLOAD_MAX} is not copied for each connection: it lies in one buffer
 * outside the heap, and every connection writes a slice of it behind its own head.
 *
 * <p>One an event loop; not thread-safe. {@link #clear} at the end of each turn lets go of messages and of
 * the shared payload.
 */
public final class PublishCache {
    /** Bytes of the largest payload that is appended to the output itself. */
    public static final int INLINE_PAYLOAD_MAX = 8 * 1024;

    /** The forms that one fan-out commonly has: two versions times QoS, RETAIN and identifiers. */
    private static final int FORMS = 8;

    /** A form larger than this is encoded each time: long topics and properties. */
    private static final int FORM_SIZE_MAX = INLINE_PAYLOAD_MAX + 4 * 1024;

    /** A form whose array grew beyond this gives it up at the end of the turn. */
    private static final int KEPT_BYTES_MAX = 4 * 1024;

    private static final class Form {
        private @Nullable Message message;
        private int firstByte;
        private boolean v5;
        private long expirySeconds;
        private int[] identifiers = PublishWriter.NO_IDENTIFIERS;
        private byte[] bytes = PacketReader.NOTHING;
        /** 0 while the form was seen once and not encoded. */
        private int size;

        private int packetIdOffset;
    }

    private final Form[] forms = new Form[FORMS];
    private int newest;
    private int inUse;
    private @Nullable Message sharedMessage;
    private @Nullable ByteBuf sharedPayload;

    public PublishCache() {
        Arrays.setAll(forms, i -> new Form());
    }

    /**
     * Appends a message as PUBLISH; parameters as in {@link PacketEncoder#encodePublish}.
     *
     * @return null where all of it was appended; else the payload, which is to be written after {@code out}
     *     and released by whoever writes it
     */
    public @Nullable ByteBuf append(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] identifiers,
            ProtocolVersion version,
            long now,
            ByteBuf out) {
        byte[] payload = message.payload();
        boolean large = payload.length > INLINE_PAYLOAD_MAX;
        if (!large && !dup && topicAlias == 0) {
            boolean v5 = version.isV5();
            int firstByte = PublishWriter.firstByte(qos, false, retain);
            long expirySeconds = v5 ? PublishWriter.remainingSeconds(message.expiresAt(), now) : -1;
            Form form = find(message, firstByte, v5, expirySeconds, identifiers);
            if (form != null) {
                copy(form, packetId, out);
                return null;
            }
        }
        if (!large) {
            PacketEncoder.encodePublish(
                    message, qos, dup, retain, packetId, topicAlias, withTopic, identifiers, version, now, out);
            return null;
        }
        PacketEncoder.encodePublishHead(
                message, qos, dup, retain, packetId, topicAlias, withTopic, identifiers, version, now, out);
        return payload(message, out);
    }

    /** The form, encoded, or null where it was not asked for before; then it is remembered. */
    // A message that fans out is one object; comparing contents would cost more than encoding.
    @SuppressWarnings("ReferenceEquality")
    private @Nullable Form find(Message message, int firstByte, boolean v5, long expirySeconds, int[] identifiers) {
        for (int i = 0; i < inUse; i++) {
            Form form = forms[(newest - i) & (FORMS - 1)];
            if (form.message == message
                    && form.firstByte == firstByte
                    && form.v5 == v5
                    && form.expirySeconds == expirySeconds
                    && (!v5 || sameIdentifiers(form.identifiers, identifiers))) {
                return form.size > 0 || encode(form, message) ? form : null;
            }
        }
        newest = (newest + 1) & (FORMS - 1);
        inUse = Math.min(inUse + 1, FORMS);
        Form form = forms[newest];
        form.message = message;
        form.firstByte = firstByte;
        form.v5 = v5;
        form.expirySeconds = expirySeconds;
        form.identifiers = identifiers;
        form.size = 0;
        return null;
    }

    private static boolean sameIdentifiers(int[] some, int[] others) {
        return some == others || Arrays.equals(some, others);
    }

    private static boolean encode(Form form, Message message) {
        byte[] topic = message.topic().utf8();
        byte[] payload = message.payload();
        int propertySize = form.v5
                ? PublishWriter.propertySize(message.properties(), form.expirySeconds, 0, form.identifiers)
                : -1;
        boolean withIdentifier = PublishWriter.withIdentifier(form.firstByte);
        int remainingLength = PublishWriter.remainingLength(topic.length, withIdentifier, propertySize, payload.length);
        int header = 1 + PacketWriter.variableSize(remainingLength);
        int size = header + remainingLength;
        if (size > FORM_SIZE_MAX) {
            return false;
        }
        if (form.bytes.length < size) {
            // Powers of two, so that messages that grow little by little do not allocate each time.
            form.bytes = new byte[Math.max(256, Integer.highestOneBit(size - 1) << 1)];
        }
        ByteBuf out = Unpooled.wrappedBuffer(form.bytes).clear();
        PublishWriter.head(
                form.firstByte,
                topic,
                0,
                form.v5,
                message.properties(),
                form.expirySeconds,
                0,
                form.identifiers,
                payload.length,
                out);
        out.writeBytes(payload);
        form.size = size;
        form.packetIdOffset = withIdentifier ? header + 2 + topic.length : 0;
        return true;
    }

    private static void copy(Form form, int packetId, ByteBuf out) {
        int offset = form.packetIdOffset;
        if (offset > 0) {
            form.bytes[offset] = (byte) (packetId >>> 8);
            form.bytes[offset + 1] = (byte) packetId;
        }
        out.writeBytes(form.bytes, 0, form.size);
    }

    @SuppressWarnings("ReferenceEquality") // as in find
    private ByteBuf payload(Message message, ByteBuf out) {
        ByteBuf payload = sharedPayload;
        if (payload == null || sharedMessage != message) {
            releasePayload();
            payload = out.alloc().directBuffer(message.payload().length);
            payload.writeBytes(message.payload());
            sharedMessage = message;
            sharedPayload = payload;
        }
        return payload.retainedDuplicate();
    }

    /** Forgets every message: at the end of a turn of the loop, and when it stops. */
    public void clear() {
        for (int i = 0; i < inUse; i++) {
            Form form = forms[(newest - i) & (FORMS - 1)];
            form.message = null;
            form.identifiers = PublishWriter.NO_IDENTIFIERS;
            form.size = 0;
            if (form.bytes.length > KEPT_BYTES_MAX) {
                form.bytes = PacketReader.NOTHING;
            }
        }
        inUse = 0;
        releasePayload();
    }

    private void releasePayload() {
        ByteBuf payload = sharedPayload;
        if (payload != null) {
            payload.release();
            sharedPayload = null;
            sharedMessage = null;
        }
    }
}
