package io.coppice.broker;

import java.util.ArrayList;
import java.util.List;

/** Publishers that are not read from until the other loops have caught up. */
final class Backlogged {
    /** How often the backlog is looked at while someone waits for it. */
    static final long CHECK_MILLIS = 2;

    private final List<Client> publishers = new ArrayList<>();

    void add(Client publisher) {
        if (publisher.pause(Client.PAUSE_BACKLOG)) {
            publishers.add(publisher);
        }
    }

    void release() {
        for (Client publisher : publishers) {
            publisher.resume(Client.PAUSE_BACKLOG);
        }
    }
}
