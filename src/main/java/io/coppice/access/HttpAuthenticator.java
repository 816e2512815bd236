package io.coppice.access;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.access.HttpCalls.Answer;
import io.coppice.config.CoppiceConfig.HttpCallout;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Figure;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Loop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks somebody else over HTTP who a client is. Who gets no answer that can be understood is refused. */
final class HttpAuthenticator implements Authenticator {
    private static final Logger LOG = LoggerFactory.getLogger(HttpAuthenticator.class);
    private static final Opinion BUSY = new Opinion(ReasonCode.SERVER_BUSY, null);
    private static final Opinion UNAVAILABLE = new Opinion(ReasonCode.SERVER_UNAVAILABLE, null);

    /** Somebody who can be asked. */
    interface Asked {
        /** @param then called once, on another thread; null where there was no answer within the bounds */
        void ask(byte[] question, Consumer<@Nullable Answer> then);

        /** Looks whether what is shown to it has changed, such as a token in a file; never on a loop. */
        default void refresh() {}
    }

    private enum Cache {
        HIT,
        MISS
    }

    private enum Call {
        ANSWERED,
        NO_ANSWER,
        MEANINGLESS,
        NOT_TRIED
    }

    private final Asked asked;
    private final int filtersMax;
    private final LongSupplier clock;
    private final CallQueue queue;
    private final CircuitBreaker breaker;
    private final AnswerMemory<Opinion> welcomed;
    /** Of their own, so that whoever tries passwords makes nobody forgotten who has shown a right one. */
    private final AnswerMemory<Opinion> others;

    private final Tally<Cache> cached = new Tally<>(Cache.class);
    private final Tally<Call> calls = new Tally<>(Call.class);

    /**
     * Nobody was asked yet.
     *
     * @param filtersMax that an answer may give to one client
     * @param key random and known to nobody, for what is remembered
     * @param clock milliseconds since the epoch
     */
    HttpAuthenticator(Asked asked, HttpCallout settings, int filtersMax, byte[] key, LongSupplier clock) {
        this.asked = asked;
        this.filtersMax = filtersMax;
        this.clock = clock;
        this.queue = new CallQueue(settings.concurrentMax(), settings.waitingMax());
        this.breaker = new CircuitBreaker(
                settings.breakerFailures(), settings.breakerTime().toMillis());
        long cacheMillis = settings.cacheTime().toMillis();
        this.welcomed = new AnswerMemory<>(cacheMillis, settings.cacheEntriesMax(), key);
        this.others = new AnswerMemory<>(cacheMillis, settings.cacheEntriesMax(), key);
    }

    @Override
    public void judge(Credentials credentials, Loop loop, Consumer<Opinion> then) {
        byte[] question = HttpAnswer.question(credentials);
        ByteBuffer known = welcomed.keyOf(question);
        Opinion before = remembered(known, clock.getAsLong());
        cached.add(before == null ? Cache.MISS : Cache.HIT);
        if (before != null) {
            then.accept(before);
            return;
        }
        boolean taken = queue.submit(credentials, done -> {
            if (!breaker.mayAsk(clock.getAsLong())) {
                calls.add(Call.NOT_TRIED);
                answer(loop, then, UNAVAILABLE);
                return false;
            }
            asked.ask(question, found -> {
                Opinion opinion = opinion(found, credentials);
                remember(known, opinion);
                answer(loop, then, opinion);
                done.run();
            });
            return true;
        });
        if (!taken) {
            then.accept(BUSY);
        }
    }

    private @Nullable Opinion remembered(@Nullable ByteBuffer question, long now) {
        Opinion welcome = welcomed.answer(question, now);
        return welcome == null ? others.answer(question, now) : welcome;
    }

    private void remember(@Nullable ByteBuffer question, Opinion opinion) {
        if (opinion != UNAVAILABLE) {
            AnswerMemory<Opinion> memory = opinion.reasonCode() == ReasonCode.SUCCESS ? welcomed : others;
            memory.remember(
                    question, opinion, clock.getAsLong(), opinion.grant().until());
        }
    }

    private Opinion opinion(@Nullable Answer answer, Credentials credentials) {
        if (answer == null) {
            failed(Call.NO_ANSWER, "no answer within the limits of time and size");
            return UNAVAILABLE;
        }
        try {
            Opinion opinion = HttpAnswer.opinion(answer, credentials, filtersMax, clock.getAsLong());
            breaker.succeeded();
            calls.add(Call.ANSWERED);
            return opinion;
        } catch (RuntimeException | StackOverflowError meaningless) {
            failed(Call.MEANINGLESS, meaningless instanceof IllegalArgumentException ? meaningless.getMessage() : null);
            return UNAVAILABLE;
        }
    }

    private void failed(Call how, @Nullable String why) {
        calls.add(how);
        if (breaker.failed(clock.getAsLong())) {
            LOG.error(
                    getMarker("callout-suspended"),
                    "who is asked over HTTP who clients are has failed too often, and is not asked for a time; clients that only it"
                            + " knows are refused. The last time: {}",
                    why);
        }
    }

    private static void answer(Loop loop, Consumer<Opinion> then, Opinion opinion) {
        try {
            loop.execute(() -> then.accept(opinion));
        } catch (RejectedExecutionException stopped) {
            LOG.debug("somebody was asked about a client whose loop has stopped");
        }
    }

    @Override
    public void withdraw(Credentials credentials) {
        queue.withdraw(credentials);
    }

    @Override
    public int waiting() {
        return queue.waiting();
    }

    @Override
    public void refresh() {
        asked.refresh();
    }

    @Override
    public List<Figure> figures() {
        List<Figure> all = new ArrayList<>(calls.figures(
                "mqtt.http.authn.calls",
                "Questions over HTTP who a client is, by what came of them",
                "result",
                Map.of()));
        all.addAll(cached.figures(
                "mqtt.http.authn.cache", "Clients whose answer was remembered, and others", "result", Map.of()));
        all.add(new Figure(
                "mqtt.http.authn.cached",
                "Answers that are remembered",
                false,
                Map.of(),
                () -> welcomed.size() + others.size()));
        all.add(new Figure("mqtt.http.authn.calling", "Questions under way", false, Map.of(), queue::underWay));
        all.add(new Figure(
                "mqtt.http.authn.breaker.open",
                "Whether nobody is asked, because of failures: 1 or 0",
                false,
                Map.of(),
                () -> breaker.isOpen() ? 1 : 0));
        return all;
    }
}
