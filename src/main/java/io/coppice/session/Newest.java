package io.coppice.session;

import java.util.LinkedHashMap;
import java.util.Map;

/** The newest number of each publisher, of the publishers that were heard of last. */
final class Newest extends LinkedHashMap<String, Long> {
    private static final long serialVersionUID = 1;
    /** Publishers. Who sends again what it had sent before so many others have sent something comes too late. */
    private static final int PUBLISHERS_MAX = 1000;

    Newest() {
        super(4, 0.75f, true);
    }

    /** Whether the number is above all others of the publisher; it is its newest then. */
    boolean isNewer(String publisher, long number) {
        Long known = get(publisher);
        if (known != null && known >= number) {
            return false;
        }
        put(publisher, number);
        return true;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
        return size() > PUBLISHERS_MAX;
    }
}
