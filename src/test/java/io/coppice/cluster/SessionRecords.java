package io.coppice.cluster;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.SessionStore.Entry;
import io.coppice.session.Attachment;
import io.coppice.session.SessionRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.LongStream;

/** Records of sessions, as tests need them. */
final class SessionRecords {
    private SessionRecords() {}

    static SessionRecord attached() {
        return new SessionRecord.Attached(1_000, Attachment.NEVER_EXPIRES, null, 1);
    }

    static SessionRecord enqueued(long sequence) {
        return enqueued(sequence, 20);
    }

    static SessionRecord enqueued(long sequence, int bytes) {
        byte[] payload =
                ("message " + sequence + " ").repeat(bytes).substring(0, bytes).getBytes(StandardCharsets.UTF_8);
        Message message = new Message(
                TopicName.of("a/topic"),
                payload,
                Qos.AT_LEAST_ONCE,
                false,
                Properties.NONE,
                Long.MAX_VALUE,
                "publisher");
        return new SessionRecord.Enqueued(sequence, message, Qos.AT_LEAST_ONCE, false, new int[0], null);
    }

    static Entry entry(String clientId, long epoch, SessionRecord record) {
        return new Entry(clientId, epoch, record);
    }

    /** The sequences of the messages that wait. */
    static List<Long> sequences(List<SessionRecord> records) {
        return records.stream()
                .filter(SessionRecord.Enqueued.class::isInstance)
                .map(record -> ((SessionRecord.Enqueued) record).sequence())
                .toList();
    }

    static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }
}
