package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Will;
import io.coppice.port.Backup;
import io.coppice.session.Attachment;
import io.coppice.session.SessionLimits;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A session that is being told: it is collected until it is whole, for it is taken whole or not at all. What exceeds the
 * limits of a session is refused with all that belongs to it, rather than cut to size: nothing is lost that nobody hears of.
 */
final class IncomingSession implements Backup.Incoming {
    private static final long NEVER = -1;
    /** As many as a session remembers. */
    private static final int PUBLISHERS_MAX = 1_000;
    /** Above all numbers that nodes give, so that those that were given elsewhere are never taken for one of them. */
    private static final long FOREIGN = 1L << 62;

    private final BrokerSettings settings;
    private final String clientId;
    private final BiConsumer<IncomingSession, Consumer<Backup.Outcome>> whole;

    private long sessionExpiryInterval;
    private long connectedAt = NEVER;
    private long disconnectedAt = NEVER;
    private @Nullable Will will;
    private @Nullable String owner;
    private List<SessionRecord> records = new ArrayList<>();
    private String refusal = "";

    private int subscriptions;
    private int publishers;
    private int accepted;
    private int inFlight;
    private int waiting;
    private long waitingBytes;

    /** @param whole told of the session, and of who wants to know what becomes of it, when all of it was told */
    IncomingSession(Broker broker, String clientId, BiConsumer<IncomingSession, Consumer<Backup.Outcome>> whole) {
        this.settings = broker.settings;
        this.clientId = clientId;
        this.whole = whole;
    }

    String clientId() {
        return clientId;
    }

    @Override
    public void add(List<SessionRecord> more) {
        if (!refusal.isEmpty()) {
            return;
        }
        more.forEach(this::add);
        refusal = beyondLimits();
        if (!refusal.isEmpty()) {
            records = List.of();
        }
    }

    private void add(SessionRecord record) {
        if (record instanceof SessionRecord.Attached attached) {
            connectedAt = attached.at();
            live(attached.sessionExpiryInterval());
            will = attached.will();
            owner = attached.owner();
        } else if (record instanceof SessionRecord.Parked parked) {
            disconnectedAt = parked.at();
            live(parked.sessionExpiryInterval());
        } else if (record instanceof SessionRecord.Newest newest) {
            // wills are counted by the epochs of their node, which may be above those here
            if (newest.number() > 0) {
                publishers++;
                records.add(new SessionRecord.Newest(newest.publisher(), newest.number() | FOREIGN, newest.before()));
            }
        } else if (record instanceof SessionRecord.Enqueued enqueued) {
            waiting++;
            waitingBytes += enqueued.message().weight();
            records.add(new SessionRecord.Enqueued(
                    enqueued.sequence(),
                    foreign(enqueued.message()),
                    enqueued.qos(),
                    enqueued.retain(),
                    enqueued.subscriptionIdentifiers(),
                    enqueued.share()));
        } else if (record instanceof SessionRecord.Assigned) {
            sent();
            records.add(record);
        } else if (record instanceof SessionRecord.Accepted inbound) {
            accepted++;
            records.add(new SessionRecord.Accepted(inbound.packetId(), foreign(inbound.message())));
        } else {
            subscriptions += record instanceof SessionRecord.Subscribed ? 1 : 0;
            records.add(record);
        }
    }

    /** A client's wish is cut as if it came with CONNECT. */
    private void live(long wanted) {
        sessionExpiryInterval = Math.min(wanted, settings.sessionExpiryMax());
    }

    /** The message before is in flight. */
    private void sent() {
        SessionRecord last = records.get(records.size() - 1);
        waiting--;
        waitingBytes -= BackupReading.messageWeight(last);
        inFlight++;
    }

    private static Message foreign(Message message) {
        if (message.number() <= 0) {
            return message.unnumbered();
        }
        return new Message(
                message.topic(),
                message.payload(),
                message.qos(),
                message.retain(),
                message.properties(),
                message.expiresAt(),
                message.by(),
                message.number() | FOREIGN);
    }

    /** Empty where it is not. */
    private String beyondLimits() {
        SessionLimits limits = settings.session();
        if (subscriptions > limits.subscriptionsMax()) {
            return "it has more subscriptions than limits.subscriptions-per-client-max, " + limits.subscriptionsMax();
        }
        if (waiting > limits.queueMessagesMax()) {
            return "more messages wait for it than limits.queue-messages-max, " + limits.queueMessagesMax();
        }
        if (waitingBytes > limits.queueBytesMax()) {
            return "more bytes wait for it than limits.queue-bytes-max, " + limits.queueBytesMax();
        }
        if (inFlight > limits.inFlightMax()) {
            return "it has more messages in flight than limits.in-flight-max, " + limits.inFlightMax();
        }
        if (accepted > limits.receiveMaximum() || publishers > PUBLISHERS_MAX) {
            return "it has more unfinished messages of its own than limits.receive-maximum, " + limits.receiveMaximum()
                    + ", or remembers more than " + PUBLISHERS_MAX + " publishers";
        }
        if (!records.isEmpty() && records.get(records.size() - 1) instanceof SessionRecord.Subscribed last) {
            return BackupRestoring.tooLong(
                    settings, last.subscription().filter().inner());
        }
        return "";
    }

    @Override
    public void end(Consumer<Backup.Outcome> then) {
        if (refusal.isEmpty()) {
            whole.accept(this, then);
        } else {
            then.accept(new Backup.Outcome(Backup.Verdict.REFUSED, refusal));
        }
    }

    // --- whole

    /** The user whose session it is; null where it is nobody's. */
    @Nullable
    String owner() {
        return owner;
    }

    boolean hasWill() {
        return will != null;
    }

    /** Whether its client has been away for too long. */
    boolean isExpired(long now) {
        return sessionExpiryInterval != Attachment.NEVER_EXPIRES && parkedAt(now) + sessionExpiryInterval * 1000 <= now;
    }

    /** A client that was connected is counted as away from now on: it may not know yet where it is to come back to. */
    private long parkedAt(long now) {
        return disconnectedAt == NEVER ? now : Math.min(disconnectedAt, now);
    }

    /**
     * The session as its records at its new home.
     *
     * @param epoch of the claim that made the home
     */
    void replay(long now, long epoch, Consumer<SessionRecord> to) {
        long since = parkedAt(now);
        long before = connectedAt == NEVER ? since : Math.min(connectedAt, since);
        to.accept(new SessionRecord.Attached(before, sessionExpiryInterval, will, epoch, owner));
        to.accept(new SessionRecord.Parked(since, sessionExpiryInterval));
        records.forEach(to);
    }
}
