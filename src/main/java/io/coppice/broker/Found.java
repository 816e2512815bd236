package io.coppice.broker;

import org.jspecify.annotations.Nullable;

/**
 * What became of the search for the session of a client that comes back.
 *
 * @param slot null where there was no session, or none is wanted
 * @param lost whether someone else has claimed the session since: whoever searched must not act
 */
record Found(@Nullable SessionSlot slot, boolean lost) {
    static final Found NONE = new Found(null, false);
    static final Found LOST = new Found(null, true);

    static Found of(@Nullable SessionSlot slot) {
        if (slot == null || slot.isGone()) {
            return slot != null && slot.isEvicted() ? LOST : NONE;
        }
        return new Found(slot, false);
    }
}
