package io.coppice.broker;

import java.util.function.Consumer;

/**
 * Whether one of those who have taken over from a node that is gone has found a message of a shared subscription with the
 * sessions of that node. All are asked before anybody else is given it.
 */
final class Inquiry {
    private final Shard shard;
    private final Consumer<Boolean> then;
    /** Questions without an answer, and one until {@link #end}. */
    private int open = 1;

    private boolean found;

    /** @param then told once, whether anybody has it */
    Inquiry(Shard shard, Consumer<Boolean> then) {
        this.shard = shard;
        this.then = then;
    }

    /** A question; the answer says with safe whether the message was found. To be sealed when it has been asked. */
    Receipt question() {
        open++;
        return new Receipt(shard) {
            @Override
            void closed(boolean safe, boolean rejected) {
                answered(safe);
            }
        };
    }

    void answered(boolean yes) {
        found |= yes;
        if (--open == 0) {
            then.accept(found);
        }
    }

    /** Everyone has been asked. */
    void end() {
        answered(false);
    }
}
