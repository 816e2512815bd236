package io.coppice.session;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Will;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where a session is in its life, and what is due when it ends: all lives with the session. */
final class Life {
    /** The time of what has not been. */
    static final long NEVER = -1;

    Session.State state = Session.State.PARKED;
    /** Seconds the session lives on after its connection. */
    long sessionExpiryInterval;
    /** When the newest connection began, milliseconds since the epoch. */
    private long attachedAt = NEVER;
    /** That of the newest connection. */
    private long epoch;
    /** When the newest connection ended, milliseconds since the epoch; {@link #NEVER} while there is one. */
    long parkedAt = NEVER;
    /** Whether records of this session may be stored, so that its end must be recorded too. */
    boolean recorded;

    @Nullable
    Will will;
    /** The user whose session it is; null where it is nobody's. */
    @Nullable
    String owner;

    boolean isPersistent() {
        return sessionExpiryInterval > 0 && state != Session.State.ENDED;
    }

    /** See {@link Session#sessionExpiryInterval(long)}. */
    void changeExpiry(long seconds) {
        if (sessionExpiryInterval == 0 && seconds > 0) {
            throw new ProtocolError(
                    ReasonCode.PROTOCOL_ERROR,
                    "a Session Expiry Interval of 0 in CONNECT cannot become " + seconds + " in DISCONNECT");
        }
        sessionExpiryInterval = seconds;
    }

    SessionRecord.Attached attached() {
        return new SessionRecord.Attached(attachedAt, sessionExpiryInterval, will, epoch, owner);
    }

    SessionRecord.Parked parked() {
        return new SessionRecord.Parked(parkedAt, sessionExpiryInterval);
    }

    void apply(SessionRecord.Attached record) {
        state = Session.State.CONNECTED;
        attachedAt = record.at();
        parkedAt = NEVER;
        sessionExpiryInterval = record.sessionExpiryInterval();
        will = record.will();
        epoch = record.epoch();
        owner = record.owner();
    }

    /** See {@link Session#willNumber}. */
    long willNumber() {
        return Will.number(epoch);
    }

    void apply(SessionRecord.Parked record) {
        state = Session.State.PARKED;
        parkedAt = record.at();
        sessionExpiryInterval = record.sessionExpiryInterval();
    }

    /** Whether the record is about the session's life short of its end; then it is applied. */
    boolean replay(SessionRecord record) {
        if (record instanceof SessionRecord.Attached attached) {
            apply(attached);
        } else if (record instanceof SessionRecord.Parked parked) {
            apply(parked);
        } else if (record instanceof SessionRecord.WillDone) {
            will = null;
        } else {
            return false;
        }
        return true;
    }

    void snapshot(Consumer<SessionRecord> to) {
        if (attachedAt != NEVER) {
            to.accept(attached());
        }
        if (parkedAt != NEVER) {
            to.accept(parked());
        }
    }
}
