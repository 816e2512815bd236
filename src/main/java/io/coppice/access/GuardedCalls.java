package io.coppice.access;

import io.coppice.access.HttpCalls.Answer;
import io.coppice.config.CoppiceConfig.HttpCallout;
import io.coppice.port.Figure;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Questions to somebody over HTTP: so many at once, so many that wait for that, and none for a time where too many have
 * failed in a row. Any thread.
 */
final class GuardedCalls {
    /** What came of a question. */
    private enum Call {
        ANSWERED,
        NO_ANSWER,
        MEANINGLESS,
        NOT_TRIED
    }

    private final HttpAuthenticator.Asked asked;
    private final LongSupplier clock;
    private final CallQueue queue;
    private final CircuitBreaker breaker;
    private final Tally<Call> calls = new Tally<>(Call.class);
    private final Consumer<@Nullable String> suspended;

    /**
     * Nobody was asked yet.
     *
     * @param clock milliseconds since the epoch
     * @param suspended told when nobody is asked from now on: why the last question failed, or null
     */
    GuardedCalls(
            HttpAuthenticator.Asked asked,
            HttpCallout settings,
            LongSupplier clock,
            Consumer<@Nullable String> suspended) {
        this.asked = asked;
        this.clock = clock;
        this.suspended = suspended;
        this.queue = new CallQueue(settings.concurrentMax(), settings.waitingMax());
        this.breaker = new CircuitBreaker(
                settings.breakerFailures(), settings.breakerTime().toMillis());
    }

    /**
     * Asks, now or later.
     *
     * @param of whose question it is
     * @param meaning of an answer; throws where it has none, an {@link IllegalArgumentException} saying why
     * @param then called once, here or on another thread; null where nobody could say. Not after {@link #withdraw}, where the
     *     question still waited
     * @return false where too many wait already, and {@code then} is not called
     */
    <T> boolean ask(Object of, byte[] question, Function<Answer, T> meaning, Consumer<@Nullable T> then) {
        return queue.submit(of, done -> {
            if (!breaker.mayAsk(clock.getAsLong())) {
                calls.add(Call.NOT_TRIED);
                then.accept(null);
                return false;
            }
            asked.ask(question, answer -> {
                then.accept(meant(answer, meaning));
                done.run();
            });
            return true;
        });
    }

    private <T> @Nullable T meant(@Nullable Answer answer, Function<Answer, T> meaning) {
        if (answer == null) {
            failed(Call.NO_ANSWER, "no answer within the limits of time and size");
            return null;
        }
        try {
            T found = meaning.apply(answer);
            breaker.succeeded();
            calls.add(Call.ANSWERED);
            return found;
        } catch (RuntimeException | StackOverflowError meaningless) {
            failed(Call.MEANINGLESS, meaningless instanceof IllegalArgumentException ? meaningless.getMessage() : null);
            return null;
        }
    }

    private void failed(Call how, @Nullable String why) {
        calls.add(how);
        if (breaker.failed(clock.getAsLong())) {
            suspended.accept(why);
        }
    }

    /** What still waits to be asked of this one is not asked. */
    void withdraw(Object of) {
        queue.withdraw(of);
    }

    void refresh() {
        asked.refresh();
    }

    int underWay() {
        return queue.underWay();
    }

    int waiting() {
        return queue.waiting();
    }

    /** 1 where nobody is asked because of failures, or 0. */
    int suspended() {
        return breaker.isOpen() ? 1 : 0;
    }

    /** How many there were, by what came of them. */
    List<Figure> figures(String name, String description) {
        return calls.figures(name, description, "result", Map.of());
    }
}
