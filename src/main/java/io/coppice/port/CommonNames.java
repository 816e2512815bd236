package io.coppice.port;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Names that many things have in common, such as that of the user to whom a thousand sessions belong: of equal ones it gives
 * the same object, so that it is in memory once. It remembers a bounded number, and of two that it would remember in the same
 * place the later one; so nothing may depend on it. Any thread.
 */
public final class CommonNames {
    /** A power of two. */
    private static final int PLACES = 1024;

    /** Longer ones are rare, and would be much to remember. */
    private static final int CHARACTERS_MAX = 128;

    private final AtomicReferenceArray<String> known = new AtomicReferenceArray<>(PLACES);

    /** An equal name: the one that was given before, where it is remembered. */
    public String same(String name) {
        if (name.length() > CHARACTERS_MAX) {
            return name;
        }
        int hash = name.hashCode();
        int place = (hash ^ hash >>> 16) & PLACES - 1;
        String present = known.get(place);
        if (name.equals(present)) {
            return present;
        }
        known.set(place, name);
        return name;
    }
}
