package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What tests of sessions are made of. */
final class Worlds {
    static final int[] NO_IDS = {};
    private static final Will WILL =
            new Will(TopicName.of("will"), new byte[] {1}, Qos.AT_LEAST_ONCE, false, Properties.NONE, 0, -1);
    static final SessionLimits LIMITS =
            new SessionLimits(100, 1000, 1_000_000, Long.MAX_VALUE, Overflow.DROP_NEWEST, 100, 10, 16, 16);

    private Worlds() {}

    static Attachment v5() {
        return v5(0xFFFF, 0);
    }

    static Attachment v5(int receiveMaximum, int topicAliasMaximum) {
        return new Attachment(ProtocolVersion.V5, 3600, receiveMaximum, Long.MAX_VALUE, topicAliasMaximum, null);
    }

    static Attachment v5(int receiveMaximum, long maximumPacketSize, int topicAliasMaximum) {
        return new Attachment(ProtocolVersion.V5, 3600, receiveMaximum, maximumPacketSize, topicAliasMaximum, null);
    }

    static Attachment v3() {
        return new Attachment(ProtocolVersion.V3_1_1, Attachment.NEVER_EXPIRES, 0xFFFF, Long.MAX_VALUE, 0, null);
    }

    static Attachment expiring(long seconds, @Nullable Will will) {
        return new Attachment(ProtocolVersion.V5, seconds, 0xFFFF, Long.MAX_VALUE, 0, will);
    }

    static Will will() {
        return WILL;
    }

    static Message message(String topic, String payload) {
        return message(topic, payload, Message.NEVER);
    }

    static Message message(String topic, String payload, long expiresAt) {
        return new Message(
                TopicName.of(topic),
                payload.getBytes(StandardCharsets.UTF_8),
                Qos.EXACTLY_ONCE,
                false,
                Properties.NONE,
                expiresAt,
                "publisher");
    }

    static Packet.Publish publish(Qos qos, int packetId, String payload) {
        return publish(qos, packetId, payload, false);
    }

    static Packet.Publish publish(Qos qos, int packetId, String payload, boolean dup) {
        return new Packet.Publish(
                dup,
                qos,
                false,
                TopicName.of("topic"),
                packetId,
                0,
                -1,
                Properties.NONE,
                payload.getBytes(StandardCharsets.UTF_8));
    }

    static Packet.Publish aliased(@Nullable String topic, int alias) {
        return new Packet.Publish(
                false,
                Qos.AT_MOST_ONCE,
                false,
                topic == null ? null : TopicName.of(topic),
                0,
                alias,
                -1,
                Properties.NONE,
                new byte[0]);
    }

    static String text(Message message) {
        return new String(message.payload(), StandardCharsets.UTF_8);
    }

    static Packet.PubAck pubAck(int packetId) {
        return new Packet.PubAck(packetId, ReasonCode.SUCCESS, Properties.NONE);
    }

    static Packet.PubAck pubAck(int packetId, ReasonCode reason) {
        return new Packet.PubAck(packetId, reason, Properties.NONE);
    }

    static Packet.PubRec pubRec(int packetId) {
        return new Packet.PubRec(packetId, ReasonCode.SUCCESS, Properties.NONE);
    }

    static Packet.PubRec pubRec(int packetId, ReasonCode reason) {
        return new Packet.PubRec(packetId, reason, Properties.NONE);
    }

    static Packet.PubRel pubRel(int packetId) {
        return new Packet.PubRel(packetId, ReasonCode.SUCCESS, Properties.NONE);
    }

    static Packet.PubRel pubRel(int packetId, ReasonCode reason) {
        return new Packet.PubRel(packetId, reason, Properties.NONE);
    }

    static Packet.PubComp pubComp(int packetId) {
        return new Packet.PubComp(packetId, ReasonCode.SUCCESS, Properties.NONE);
    }

    static Packet.PubComp pubComp(int packetId, ReasonCode reason) {
        return new Packet.PubComp(packetId, reason, Properties.NONE);
    }

    static Subscription subscription(String filter, Qos qos) {
        return new Subscription(TopicFilter.of(filter), SubscriptionOptions.of(qos), 0);
    }

    /** A session with a connection that has begun to send. */
    static Session connected(SessionLimits limits, SessionEffects effects, Attachment attachment) {
        Session session = new Session("client", limits, effects);
        session.attach(attachment);
        session.resume();
        return session;
    }

    /** The connection ends and another begins. */
    static void reconnect(Session session, Attachment attachment) {
        session.detach();
        session.attach(attachment);
        session.resume();
    }

    static Session replayed(List<SessionRecord> records, SessionLimits limits) {
        Session session = new Session("client", limits, new FakeEffects());
        records.forEach(session::replay);
        return session;
    }

    /** The snapshot in a form that compares by value: arrays are written out. */
    static List<String> snapshot(Session session) {
        List<String> lines = new ArrayList<>();
        Consumer<SessionRecord> add = record -> lines.add(line(record));
        session.snapshot(add);
        return lines;
    }

    static String line(SessionRecord record) {
        if (record instanceof SessionRecord.Enqueued e) {
            return "Enqueued[" + e.sequence() + " " + text(e.message()) + " " + e.qos() + " " + e.retain() + " "
                    + Arrays.toString(e.subscriptionIdentifiers()) + " "
                    + e.share() + "]";
        }
        if (record instanceof SessionRecord.Accepted a) {
            return "Accepted[" + a.packetId() + " " + text(a.message()) + "]";
        }
        return record.toString();
    }
}
