package io.coppice.storage;

import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The queue of one session while it is read from its beginning: what is in flight, the first messages that wait, all that came
 * through shared subscriptions, and a count of the others.
 */
final class QueueReading {
    /** By sequence: what is not with its message. */
    final Map<Long, SessionRecord> assigned = new HashMap<>();

    final Map<Long, SessionRecord> received = new HashMap<>();

    private final long waitingMax;
    private final @Nullable StoredQueue known;
    private final StoredQueue seen = new StoredQueue();
    private final List<SessionRecord> records = new ArrayList<>();
    private long waiting;
    /** The sequence of the last message before those that are only counted; 0 while there are none of these. */
    private long after;

    private int counted;
    private long countedBytes;
    private long last;

    /**
     * @param waitingMax weight of the messages that wait, after which no more are told one by one
     * @param known what there is in the queue; null where everything has to be read
     */
    QueueReading(long waitingMax, @Nullable StoredQueue known) {
        this.waitingMax = waitingMax;
        this.known = known;
    }

    /** @param sent how it was sent, where that is with it */
    void found(SessionRecord.Enqueued message, @Nullable SessionRecord sent) {
        seen.messages++;
        seen.shared += message.share() == null ? 0 : 1;
        SessionRecord inFlight = sent == null ? assigned.get(message.sequence()) : sent;
        int weight = message.message().weight();
        boolean isFirst = waiting == 0;
        if (inFlight == null && after == 0 && !isFirst && waiting + weight > waitingMax) {
            after = message.sequence() - 1;
        }
        seen.bytes += weight;
        if (inFlight == null && after > 0 && message.share() == null) {
            counted++;
            countedBytes += weight;
            last = message.sequence();
            return;
        }
        records.add(message);
        if (inFlight != null) {
            records.add(inFlight);
            SessionRecord arrived = received.get(message.sequence());
            if (arrived != null) {
                records.add(arrived);
            }
        } else {
            waiting += weight;
        }
    }

    /** Whether what is left need not be looked at. */
    boolean hasEnough() {
        return after > 0 && known != null && seen.shared == known.shared;
    }

    void addTo(List<SessionRecord> all) {
        if (after > 0 && known != null) {
            counted += known.messages - seen.messages;
            countedBytes += known.bytes - seen.bytes;
            last = known.last;
        }
        if (counted > 0) {
            all.add(new SessionRecord.Backlog(after, last, counted, countedBytes));
        }
        all.addAll(records);
    }
}
