package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.port.Origin;
import io.coppice.port.PeerMessage;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What publishers on other nodes send again, for the sessions that are on their way to this loop. A message that goes straight to a
 * session's next home waits there for those that went to its former one; where these are not brought there any more, since their
 * publish has failed, neither may it be taken: they would come behind it. Kept for as long as any session is on its way.
 */
final class FailedElsewhere {
    /** Publishers remembered; each matters until the sessions are here that are on their way now. */
    private static final int PUBLISHERS_MAX = 100_000;

    private record Source(Origin origin, String publisher) {}

    private final Set<SessionSlot> awaited = new HashSet<>(0);
    private final Map<Source, Long> upTo = new LinkedHashMap<>(0);

    /** A session is on its way here. */
    void awaits(SessionSlot slot) {
        awaited.add(slot);
    }

    /** It is here, with all that waited for it, or does not come. */
    void awaitsNoMore(SessionSlot slot) {
        if (awaited.remove(slot) && awaited.isEmpty()) {
            upTo.clear();
        }
    }

    /** Whether nobody is on the way here, and nothing is remembered. */
    boolean isEmpty() {
        return awaited.isEmpty() && upTo.isEmpty();
    }

    /** @param origin the publisher's loop */
    void told(Origin origin, PeerMessage.Failed failed) {
        if (awaited.isEmpty()) {
            return;
        }
        upTo.merge(new Source(origin, failed.publisher()), failed.stamp(), Math::max);
        if (upTo.size() > PUBLISHERS_MAX) {
            upTo.remove(upTo.keySet().iterator().next());
        }
    }

    /**
     * Whether a message that waited for a session is sent again by its publisher.
     *
     * @param stamp that its origin gave it
     */
    boolean has(Message message, Origin origin, long stamp) {
        return !upTo.isEmpty() && stamp <= upTo.getOrDefault(new Source(origin, message.publisher()), 0L);
    }
}
