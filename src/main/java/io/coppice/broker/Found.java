package io.coppice.broker;

import org.jspecify.annotations.Nullable;

/**
 * What became of the search for the session of a client that comes back.
 *
 * @param slot null where there was no session, or none is wanted
 * @param lost whether someone else has claimed the session since: whoever searched must not act
 * @param ended whether it was where it was looked for, and has ended; otherwise, where there is none, nobody there has
 *     ever had it
 */
record Found(@Nullable SessionSlot slot, boolean lost, boolean ended) {
    static final Found NONE = new Found(null, false, false);
    static final Found ENDED = new Found(null, false, true);
    static final Found LOST = new Found(null, true, false);

    static Found of(@Nullable SessionSlot slot) {
        if (slot == null) {
            return NONE;
        }
        if (slot.isGone()) {
            return slot.isEvicted() ? LOST : ENDED;
        }
        return new Found(slot, false, false);
    }

    /** Whether there is no session, and whoever searched may begin one. */
    boolean nothing() {
        return slot == null && !lost;
    }
}
