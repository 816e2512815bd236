package io.coppice.broker;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.Subscription;
import io.coppice.port.Questions;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/** Asks about the subscriptions of a session of which it is not known, or not for long, whether they are granted; a few at a time. */
final class Survey {
    /** Questions that are open at the same time. */
    private static final int OPEN_MAX = 8;
    /** Subscriptions looked at in one turn. */
    private static final int SLICE = 256;

    private final SessionSlot slot;
    private final Questions questions;
    private final long knownUntil;
    private final Consumer<Boolean> then;
    private final ArrayDeque<Subscription> left;
    private int open;
    private boolean going;
    private boolean all = true;
    private boolean stopped;

    private Survey(SessionSlot slot, Questions questions, long knownUntil, Consumer<Boolean> then) {
        this.slot = slot;
        this.questions = questions;
        this.knownUntil = knownUntil;
        this.then = then;
        this.left = new ArrayDeque<>(slot.session.subscriptions());
    }

    /**
     * Begins one.
     *
     * @param questions of whoever is to have the session
     * @param knownUntil an answer that is good until then is not asked for again, milliseconds since the epoch
     * @param then called once, possibly before this returns, and not after {@link #stop}: whether everything was answered
     */
    static Survey begin(SessionSlot slot, Questions questions, long knownUntil, Consumer<Boolean> then) {
        Survey survey = new Survey(slot, questions, knownUntil, then);
        survey.go();
        return survey;
    }

    void stop() {
        stopped = true;
    }

    private void go() {
        if (going || stopped) {
            return;
        }
        going = true;
        int looked = 0;
        while (open < OPEN_MAX && looked < SLICE && !left.isEmpty()) {
            ask(left.remove());
            looked++;
        }
        going = false;
        if (looked == SLICE && !left.isEmpty()) {
            slot.shard.loop.execute(this::go);
        } else if (open == 0 && left.isEmpty()) {
            stopped = true;
            then.accept(all);
        }
    }

    private void ask(Subscription subscription) {
        Qos qos = subscription.options().maximumQos();
        boolean there = slot.session.subscription(subscription.filter()) != null; // it may have ended meanwhile
        if (!there || questions.isAnswered(subscription.filter(), qos, knownUntil)) {
            return;
        }
        open++;
        questions.ask(subscription.filter(), qos, slot.shard.loop, answered -> {
            open--;
            all &= answered;
            go();
        });
    }
}
