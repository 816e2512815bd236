package io.coppice.broker;

import io.coppice.port.Questions;
import org.jspecify.annotations.Nullable;

/**
 * Asks again about the subscriptions of a client before what was answered is good no more, and ends those that are not granted any
 * longer. Lives with the connection.
 */
final class Renewal {
    private final SessionSlot slot;
    private final TimingWheel.Timer timer = new TimingWheel.Timer(this::due);
    private @Nullable Survey survey;

    Renewal(SessionSlot slot) {
        this.slot = slot;
        schedule();
    }

    private void schedule() {
        Questions questions = slot.questions;
        if (questions != null) {
            slot.shard.wheel.set(timer, slot.shard.loop.now() + questions.lifeMillis() / 2);
        }
    }

    private void due() {
        Questions questions = slot.questions;
        if (questions == null) {
            return;
        }
        long untilNext = slot.shard.loop.now() + questions.lifeMillis() / 2;
        survey = Survey.begin(slot, questions, untilNext, answered -> {
            Revoking.of(slot);
            schedule();
        });
    }

    void stop() {
        slot.shard.wheel.cancel(timer);
        if (survey != null) {
            survey.stop();
        }
    }
}
