package io.coppice.broker;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Has the clients of one loop that publish most wait while the node is overloaded: whoever brings more within a second than
 * a client of ordinary business does is not read from until it is over. The others do not notice.
 */
final class Restraint {
    /** What a client may bring within a second, each message weighed as in a queue. */
    static final long BYTES_A_SECOND = 64 * 1024;

    /** What they have brought since the last look. */
    private final Map<Client, Long> brought = new IdentityHashMap<>();

    private final List<Client> waiting = new ArrayList<>();
    private final Overload overload;

    Restraint(Overload overload) {
        this.overload = overload;
    }

    boolean isOn() {
        return overload.holdsBack();
    }

    /** Once a second. */
    void look() {
        brought.clear();
        waiting.removeIf(Client::isGone);
        if (!isOn()) {
            List<Client> released = List.copyOf(waiting);
            waiting.clear();
            released.forEach(each -> each.resume(Client.PAUSE_OVERLOAD));
        }
    }

    /** A client has published. */
    void published(Client client, long weight) {
        if (brought.merge(client, weight, Long::sum) > BYTES_A_SECOND && client.pause(Client.PAUSE_OVERLOAD)) {
            waiting.add(client);
            client.shard.counters.heldBack();
        }
    }
}
