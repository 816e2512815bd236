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

    private final int filtersMax;
    private final LongSupplier clock;
    private final GuardedCalls calls;
    private final AnswerMemory<Opinion> welcomed;
    /** Of their own, so that whoever tries passwords makes nobody forgotten who has shown a right one. */
    private final AnswerMemory<Opinion> others;

    private final Tally<Cache> cached = new Tally<>(Cache.class);

    /**
     * Nobody was asked yet.
     *
     * @param filtersMax that an answer may give to one client
     * @param key random and known to nobody, for what is remembered
     * @param clock milliseconds since the epoch
     */
    HttpAuthenticator(Asked asked, HttpCallout settings, int filtersMax, byte[] key, LongSupplier clock) {
        this.filtersMax = filtersMax;
        this.clock = clock;
        this.calls = new GuardedCalls(asked, settings, clock, HttpAuthenticator::suspended);
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
        boolean taken = calls.<Opinion>ask(
                credentials,
                question,
                answer -> HttpAnswer.opinion(answer, credentials, filtersMax, clock.getAsLong()),
                opinion -> {
                    if (opinion != null) {
                        remember(known, opinion);
                    }
                    answer(loop, then, opinion == null ? UNAVAILABLE : opinion);
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
        AnswerMemory<Opinion> memory = opinion.reasonCode() == ReasonCode.SUCCESS ? welcomed : others;
        memory.remember(question, opinion, clock.getAsLong(), opinion.grant().until());
    }

    private static void suspended(@Nullable String why) {
        LOG.error(
                getMarker("callout-suspended"),
                "who is asked over HTTP who clients are has failed too often, and is not asked for a time; clients that only it"
                        + " knows are refused. The last time: {}",
                why);
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
        calls.withdraw(credentials);
    }

    @Override
    public int waiting() {
        return calls.waiting();
    }

    @Override
    public void refresh() {
        calls.refresh();
    }

    @Override
    public List<Figure> figures() {
        List<Figure> all = new ArrayList<>(
                calls.figures("mqtt.http.authn.calls", "Questions over HTTP who a client is, by what came of them"));
        all.addAll(cached.figures(
                "mqtt.http.authn.cache", "Clients whose answer was remembered, and others", "result", Map.of()));
        all.add(new Figure(
                "mqtt.http.authn.cached",
                "Answers that are remembered",
                false,
                Map.of(),
                () -> welcomed.size() + others.size()));
        all.add(new Figure("mqtt.http.authn.calling", "Questions under way", false, Map.of(), calls::underWay));
        all.add(new Figure(
                "mqtt.http.authn.breaker.open",
                "Whether nobody is asked, because of failures: 1 or 0",
                false,
                Map.of(),
                calls::suspended));
        return all;
    }
}
