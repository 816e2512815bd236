package io.coppice.access;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.config.CoppiceConfig.JwksUrl;
import io.coppice.config.Shown;
import io.coppice.port.Figure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys that are fetched from time to time, and when a token names one that is not known. While nothing can be fetched those from
 * before are in force for a bounded time; then there are none.
 */
final class FetchedKeys implements TokenKeys {
    private static final Logger LOG = LoggerFactory.getLogger(FetchedKeys.class);

    /** Where a JWK Set is had. */
    interface Source {
        /** @param then called once, on any thread; null where there was no answer that can be used */
        void fetch(Consumer<byte @Nullable []> then);
    }

    private enum Result {
        SUCCESS,
        FAILURE
    }

    private final Source source;
    private final String url;
    private final long refreshMillis;
    private final long refetchMinMillis;
    private final long staleMaxMillis;
    private final int waitingMax;
    private final LongSupplier clock;
    private final Tally<Result> fetches = new Tally<>(Result.class);

    // Guarded by this.
    private @Nullable KeySet keys;
    private long fetchedAt;
    private boolean fetching;
    private boolean tried;
    private long triedAt;
    private boolean complained;
    private List<Consumer<Boolean>> waiting = new ArrayList<>();

    /**
     * Nothing is fetched yet.
     *
     * @param waitingMax tokens that wait for a fetch
     * @param clock milliseconds since the epoch
     */
    FetchedKeys(Source source, JwksUrl settings, int waitingMax, LongSupplier clock) {
        this.source = source;
        this.url = Shown.url(settings.url());
        this.refreshMillis = settings.refresh().toMillis();
        this.refetchMinMillis = settings.refetchMin().toMillis();
        this.staleMaxMillis = settings.staleMax().toMillis();
        this.waitingMax = waitingMax;
        this.clock = clock;
    }

    @Override
    public @Nullable KeySet inForce(long now) {
        boolean begin;
        KeySet found;
        synchronized (this) {
            begin = (keys == null || now >= fetchedAt + refreshMillis) && beginsNow(now);
            found = keys != null && now < fetchedAt + refreshMillis + staleMaxMillis ? keys : null;
        }
        if (begin) {
            source.fetch(this::fetched);
        }
        return found;
    }

    @Override
    public void renew(@Nullable KeySet used, long now, Consumer<Boolean> then) {
        boolean others;
        boolean begin;
        boolean waits;
        synchronized (this) {
            others = keys != null && keys != used; // they have come meanwhile
            begin = !others && beginsNow(now);
            waits = !others && fetching && waiting.size() < waitingMax;
            if (waits) {
                waiting.add(then);
            }
        }
        if (begin) {
            source.fetch(this::fetched);
        }
        if (!waits) {
            then.accept(others);
        }
    }

    /** Marks that a fetch begins, unless one is under way or was a moment ago. */
    private boolean beginsNow(long now) {
        if (fetching || tried && now < triedAt + refetchMinMillis) {
            return false;
        }
        fetching = true;
        tried = true;
        triedAt = now;
        return true;
    }

    private void fetched(byte @Nullable [] content) {
        KeySet newer = null;
        String fault = "there was no answer with 200 within the limits of time and size";
        if (content != null) {
            try {
                newer = KeySet.ofJwks(content, false);
            } catch (IllegalArgumentException wrong) {
                fault = String.valueOf(wrong.getMessage());
            }
        }
        List<Consumer<Boolean>> waited;
        synchronized (this) {
            fetching = false;
            waited = waiting;
            waiting = new ArrayList<>();
            if (newer != null) {
                keys = newer;
                fetchedAt = clock.getAsLong();
                complained = false;
            } else if (!complained) {
                complained = true;
                LOG.error(
                        getMarker("token-keys-unavailable"),
                        "no keys of tokens came from {}, and those from before are used for a time: {}",
                        url,
                        fault);
            }
        }
        fetches.add(newer == null ? Result.FAILURE : Result.SUCCESS);
        boolean renewed = newer != null;
        waited.forEach(each -> each.accept(renewed));
    }

    @Override
    public void refresh() {
        inForce(clock.getAsLong());
    }

    @Override
    public List<Figure> figures() {
        List<Figure> all = new ArrayList<>(
                fetches.figures("mqtt.jwt.fetches", "Fetches of a JWK Set, by result", "result", Map.of()));
        all.add(new Figure(
                "mqtt.jwt.keys.age.seconds", "Age of the fetched keys", false, Map.of(), () -> age(clock.getAsLong())));
        return all;
    }

    /** Seconds; -1 before the first fetch. */
    private synchronized long age(long now) {
        return keys == null ? -1 : Math.max(0, now - fetchedAt) / 1_000;
    }
}
