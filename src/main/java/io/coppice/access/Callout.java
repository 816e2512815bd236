package io.coppice.access;

import static org.slf4j.MarkerFactory.getMarker;

import com.nimbusds.jose.util.JSONObjectUtils;
import io.coppice.access.HttpCalls.Answer;
import io.coppice.config.CoppiceConfig.HttpCallout;
import io.coppice.port.Figure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks somebody else over HTTP what a client may do, topic by topic, and remembers the answers for a time. Any thread. */
final class Callout {
    private static final Logger LOG = LoggerFactory.getLogger(Callout.class);

    enum Decision {
        ALLOW,
        DENY,
        /** Others decide. */
        IGNORE
    }

    /** @param until when it is good no more, milliseconds since the epoch */
    record Said(Decision decision, long until) {}

    private enum Cache {
        HIT,
        MISS
    }

    private enum Call {
        ANSWERED,
        NO_ANSWER,
        MEANINGLESS,
        NOT_TRIED,
        BUSY
    }

    private final HttpAuthenticator.Asked asked;
    private final LongSupplier clock;
    private final long lifeMillis;
    private final long staleMillis;
    private final CallQueue queue;
    private final CircuitBreaker breaker;
    private final AnswerMemory<Said> allowed;
    /** Of their own, so that who tries topics makes nobody forgotten who may use his. */
    private final AnswerMemory<Said> others;

    private final Tally<Cache> cached = new Tally<>(Cache.class);
    private final Tally<Call> calls = new Tally<>(Call.class);

    /**
     * Nobody was asked yet.
     *
     * @param key random and known to nobody, for what is remembered
     * @param clock milliseconds since the epoch
     */
    Callout(HttpAuthenticator.Asked asked, HttpCallout settings, byte[] key, LongSupplier clock) {
        this.asked = asked;
        this.clock = clock;
        this.lifeMillis = settings.authzCacheTime().toMillis();
        this.staleMillis = settings.authzStaleMax().toMillis();
        this.queue = new CallQueue(settings.concurrentMax(), settings.waitingMax());
        this.breaker = new CircuitBreaker(
                settings.breakerFailures(), settings.breakerTime().toMillis());
        this.allowed = new AnswerMemory<>(lifeMillis, settings.cacheEntriesMax(), key);
        this.others = new AnswerMemory<>(lifeMillis, settings.cacheEntriesMax(), key);
    }

    long lifeMillis() {
        return lifeMillis;
    }

    /** How long a subscription goes on that nobody says anything about any more. */
    long staleMillis() {
        return staleMillis;
    }

    long now() {
        return clock.getAsLong();
    }

    /** What was answered to a question, where that is remembered. */
    @Nullable
    Said remembered(Map<String, Object> question) {
        ByteBuffer key = allowed.keyOf(bytes(question));
        Said said = allowed.answer(key, now());
        said = said == null ? others.answer(key, now()) : said;
        cached.add(said == null ? Cache.MISS : Cache.HIT);
        return said;
    }

    /**
     * Asks, whatever is remembered.
     *
     * @param of whose question it is
     * @param then called once, here or on another thread; null where nobody could say. Not after {@link #withdraw}, where the question
     *     still waited
     */
    void ask(Object of, Map<String, Object> question, Consumer<@Nullable Said> then) {
        byte[] body = bytes(question);
        boolean taken = queue.submit(of, done -> {
            if (!breaker.mayAsk(now())) {
                calls.add(Call.NOT_TRIED);
                then.accept(null);
                return false;
            }
            asked.ask(body, answer -> {
                Said said = said(answer);
                remember(body, said);
                then.accept(said);
                done.run();
            });
            return true;
        });
        if (!taken) {
            calls.add(Call.BUSY);
            then.accept(null);
        }
    }

    private void remember(byte[] body, @Nullable Said said) {
        if (said != null) {
            AnswerMemory<Said> memory = said.decision == Decision.ALLOW ? allowed : others;
            AnswerMemory<Said> other = said.decision == Decision.ALLOW ? others : allowed;
            ByteBuffer key = memory.keyOf(body);
            other.forget(key);
            memory.remember(key, said, now(), said.until);
        }
    }

    private @Nullable Said said(@Nullable Answer answer) {
        if (answer == null) {
            failed(Call.NO_ANSWER, "no answer within the limits of time and size");
            return null;
        }
        try {
            Decision decision = HttpAnswer.decision(answer);
            breaker.succeeded();
            calls.add(Call.ANSWERED);
            return new Said(decision, now() + lifeMillis);
        } catch (RuntimeException | StackOverflowError meaningless) {
            failed(Call.MEANINGLESS, meaningless instanceof IllegalArgumentException ? meaningless.getMessage() : null);
            return null;
        }
    }

    private void failed(Call how, @Nullable String why) {
        calls.add(how);
        if (breaker.failed(now())) {
            LOG.error(
                    getMarker("authz-callout-suspended"),
                    "who is asked over HTTP what clients may do has failed too often, and is not asked for a time; what only it could allow"
                            + " is refused. The last time: {}",
                    why);
        }
    }

    /** What still waits to be asked of this one is not asked. */
    void withdraw(Object of) {
        queue.withdraw(of);
    }

    void refresh() {
        asked.refresh();
    }

    private static byte[] bytes(Map<String, Object> question) {
        return JSONObjectUtils.toJSONString(question).getBytes(StandardCharsets.UTF_8);
    }

    List<Figure> figures() {
        List<Figure> all = new ArrayList<>(calls.figures(
                "mqtt.http.authz.calls",
                "Questions over HTTP what a client may do, by what came of them",
                "result",
                Map.of()));
        all.addAll(cached.figures(
                "mqtt.http.authz.cache", "Such questions whose answer was remembered, and others", "result", Map.of()));
        all.add(new Figure(
                "mqtt.http.authz.cached",
                "Such answers that are remembered",
                false,
                Map.of(),
                () -> allowed.size() + others.size()));
        all.add(new Figure("mqtt.http.authz.calling", "Such questions under way", false, Map.of(), queue::underWay));
        all.add(new Figure(
                "mqtt.http.authz.waiting", "Such questions that wait for that", false, Map.of(), queue::waiting));
        all.add(new Figure(
                "mqtt.http.authz.breaker.open",
                "Whether nobody is asked what clients may do, because of failures: 1 or 0",
                false,
                Map.of(),
                () -> breaker.isOpen() ? 1 : 0));
        return all;
    }
}
