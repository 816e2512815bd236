package io.coppice.access;

import static org.slf4j.MarkerFactory.getMarker;

import com.nimbusds.jose.util.JSONObjectUtils;
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

    /** A question that does not even wait. */
    private enum Refused {
        BUSY
    }

    private final LongSupplier clock;
    private final long lifeMillis;
    private final long staleMillis;
    private final GuardedCalls calls;
    private final AnswerMemory<Said> allowed;
    /** Of their own, so that who tries topics makes nobody forgotten who may use his. */
    private final AnswerMemory<Said> others;

    private final Tally<Cache> cached = new Tally<>(Cache.class);
    private final Tally<Refused> refused = new Tally<>(Refused.class);

    /**
     * Nobody was asked yet.
     *
     * @param key random and known to nobody, for what is remembered
     * @param clock milliseconds since the epoch
     */
    Callout(HttpAuthenticator.Asked asked, HttpCallout settings, byte[] key, LongSupplier clock) {
        this.clock = clock;
        this.lifeMillis = settings.authzCacheTime().toMillis();
        this.staleMillis = settings.authzStaleMax().toMillis();
        this.calls = new GuardedCalls(asked, settings, clock, Callout::suspended);
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
        boolean taken =
                calls.<Said>ask(of, body, answer -> new Said(HttpAnswer.decision(answer), now() + lifeMillis), said -> {
                    if (said != null) {
                        remember(body, said);
                    }
                    then.accept(said);
                });
        if (!taken) {
            refused.add(Refused.BUSY);
            then.accept(null);
        }
    }

    private void remember(byte[] body, Said said) {
        AnswerMemory<Said> memory = said.decision == Decision.ALLOW ? allowed : others;
        AnswerMemory<Said> other = said.decision == Decision.ALLOW ? others : allowed;
        ByteBuffer key = memory.keyOf(body);
        other.forget(key);
        memory.remember(key, said, now(), said.until);
    }

    private static void suspended(@Nullable String why) {
        LOG.error(
                getMarker("authz-callout-suspended"),
                "who is asked over HTTP what clients may do has failed too often, and is not asked for a time; what only it could allow"
                        + " is refused. The last time: {}",
                why);
    }

    /** What still waits to be asked of this one is not asked. */
    void withdraw(Object of) {
        calls.withdraw(of);
    }

    void refresh() {
        calls.refresh();
    }

    private static byte[] bytes(Map<String, Object> question) {
        return JSONObjectUtils.toJSONString(question).getBytes(StandardCharsets.UTF_8);
    }

    List<Figure> figures() {
        String name = "mqtt.http.authz.calls";
        String description = "Questions over HTTP what a client may do, by what came of them";
        List<Figure> all = new ArrayList<>(calls.figures(name, description));
        all.addAll(refused.figures(name, description, "result", Map.of()));
        all.addAll(cached.figures(
                "mqtt.http.authz.cache", "Such questions whose answer was remembered, and others", "result", Map.of()));
        all.add(new Figure(
                "mqtt.http.authz.cached",
                "Such answers that are remembered",
                false,
                Map.of(),
                () -> allowed.size() + others.size()));
        all.add(new Figure("mqtt.http.authz.calling", "Such questions under way", false, Map.of(), calls::underWay));
        all.add(new Figure(
                "mqtt.http.authz.waiting", "Such questions that wait for that", false, Map.of(), calls::waiting));
        all.add(new Figure(
                "mqtt.http.authz.breaker.open",
                "Whether nobody is asked what clients may do, because of failures: 1 or 0",
                false,
                Map.of(),
                calls::suspended));
        return all;
    }
}
