package io.coppice.broker;

import java.util.function.Consumer;

/**
 * What a QoS 1 or 2 message still waits for before whoever brought it is answered. Lives on the loop where it was
 * brought; made only when something cannot be answered within the call.
 */
abstract class Receipt {
    /** How often a message of a shared subscription is given to somebody else before its publisher is told that it failed. */
    private static final int TRIES_MAX = 16;

    final Shard shard;
    private int open = 1;
    private boolean rejected;
    private boolean failed;
    private int tries;

    /** Open from the start, until {@link #seal}. */
    Receipt(Shard shard) {
        this.shard = shard;
    }

    /** What has been tried for a part of another receipt has been tried for this one. */
    final void goOnFrom(Receipt other) {
        tries = other.tries;
    }

    /** So many more parts to wait for; on the receipt's loop, like everything here. */
    final void expect(int parts) {
        open += parts;
    }

    /** All that the message waits for is known. */
    final void seal(boolean anyRejected) {
        settle(1, true, anyRejected);
    }

    /** Whether a message that somebody could not take may be given to somebody else: not for ever. */
    final boolean mayTryAgain() {
        return ++tries <= TRIES_MAX;
    }

    /**
     * Whether the message has to be brought by its publisher once more in any case, behind one that failed before it: who
     * has not got it yet must not get it before that one.
     */
    boolean isVoid() {
        return false;
    }

    /** Whoever a part was for has gone elsewhere: it fails for that, and not because it could not be stored. On any loop. */
    void notTaken() {}

    /** The answer for some parts has come. */
    final void settle(int parts, boolean safe, boolean anyRejected) {
        rejected |= anyRejected;
        failed |= !safe;
        open -= parts;
        if (open == 0) {
            closed(!failed, rejected);
        }
    }

    /**
     * Everything has been answered.
     *
     * @param safe whether everyone whom it concerns has the message safely
     * @param rejected whether a full queue refused it
     */
    abstract void closed(boolean safe, boolean rejected);

    /**
     * Nobody is answered, but something follows, on the receipt's loop.
     *
     * @param then told whether everyone has the message safely
     */
    static Receipt before(Shard shard, Consumer<Boolean> then) {
        return new Receipt(shard) {
            @Override
            void closed(boolean safe, boolean rejected) {
                then.accept(safe);
            }
        };
    }

    /** Nobody is answered; the message is only kept until everyone has it. */
    static Receipt forNobody(Shard shard) {
        return new Receipt(shard) {
            @Override
            void closed(boolean safe, boolean rejected) {}
        };
    }
}
