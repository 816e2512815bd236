package io.coppice.broker;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A message for sessions of which some are still on their way to this shard: its publisher is answered when the last of
 * them has it. Lives on the shard of the sessions, the publisher's {@link Receipt} on another perhaps.
 */
final class Arrival {
    private final Shard shard;
    private final @Nullable Receipt waiting;
    private int open = 1;
    private boolean rejected;

    /** Open from the start, until {@link #settle}. */
    Arrival(Shard shard, @Nullable Receipt waiting) {
        this.shard = shard;
        this.waiting = waiting;
    }

    /** @param delivery done when the session is here; true when it rejects the message */
    void await(SessionSlot to, BooleanSupplier delivery) {
        open++;
        to.whenHere(() -> settle(delivery.getAsBoolean()));
    }

    void settle(boolean anyRejected) {
        rejected |= anyRejected;
        Receipt receipt = waiting;
        if (--open == 0 && receipt != null) {
            boolean any = rejected;
            shard.whenStored(safe -> shard.router.answer(receipt, safe, any));
        }
    }
}
