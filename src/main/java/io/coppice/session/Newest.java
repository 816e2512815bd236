package io.coppice.session;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ObjLongConsumer;

/**
 * The newest number of each publisher, of the publishers that were heard of last. Wills have numbers of their own, below
 * 0, of which the lower is the newer.
 */
final class Newest extends LinkedHashMap<String, Long> {
    private static final long serialVersionUID = 1;
    /** Publishers. Who sends again what it had sent before so many others have sent something comes too late. */
    private static final int PUBLISHERS_MAX = 1000;

    /** No client identifier begins so. */
    private static final String OF_WILLS = "\u0000";

    Newest() {
        super(4, 0.75f, true);
    }

    /** Whether the number is newer than all others of the publisher; it is its newest then. */
    boolean isNewer(String publisher, long number) {
        String key = number < 0 ? OF_WILLS + publisher : publisher;
        Long known = get(key);
        if (known != null && Math.abs(known) >= Math.abs(number)) {
            return false;
        }
        put(key, number);
        return true;
    }

    /** Tells every publisher and its newest number, wills apart. */
    void tell(ObjLongConsumer<String> to) {
        forEach((key, number) -> to.accept(number < 0 ? key.substring(OF_WILLS.length()) : key, number));
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
        return size() > PUBLISHERS_MAX;
    }
}
