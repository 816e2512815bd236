package io.coppice.client;

import org.jspecify.annotations.Nullable;

/**
 * How a command ends.
 *
 * @param words for whoever typed it; null for none
 */
record Ending(int status, @Nullable String words) {
    static final Ending DONE = new Ending(Status.DONE, null);

    static Ending unconnected(Address address, Fault fault) {
        return new Ending(Status.UNCONNECTED, address + ": " + fault.words());
    }
}
