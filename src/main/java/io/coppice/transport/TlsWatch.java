package io.coppice.transport;

import static org.slf4j.MarkerFactory.getMarker;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the files of TLS listeners again and again, one look after the other and none on a loop. */
final class TlsWatch {
    private static final Logger LOG = LoggerFactory.getLogger(TlsWatch.class);

    private final Vertx vertx;
    private final List<ServerTls> watched;
    private final long intervalMillis;
    private final Supplier<Future<Void>> loopsPassed;
    private volatile boolean closed;

    /** @param loopsPassed gives a future that completes when each loop has done what it is about */
    TlsWatch(Vertx vertx, List<ServerTls> watched, Duration interval, Supplier<Future<Void>> loopsPassed) {
        this.vertx = vertx;
        this.watched = List.copyOf(watched);
        this.intervalMillis = interval.toMillis();
        this.loopsPassed = loopsPassed;
    }

    void start() {
        if (!closed && !watched.isEmpty()) {
            vertx.setTimer(
                    intervalMillis,
                    due -> vertx.executeBlocking(this::look)
                            .compose(replaced ->
                                    loopsPassed.get().onComplete(passed -> replaced.forEach(TlsContexts::release)))
                            .onFailure(fault -> LOG.error(
                                    getMarker("certificate-refresh-failed"),
                                    "certificates were not looked at; they will be again",
                                    fault))
                            .onComplete(looked -> start()));
        }
    }

    private List<TlsContexts> look() {
        List<TlsContexts> replaced = new ArrayList<>();
        for (ServerTls tls : watched) {
            TlsContexts contexts = closed ? null : tls.look(System.currentTimeMillis());
            if (contexts != null) {
                replaced.add(contexts);
            }
        }
        return replaced;
    }

    void close() {
        closed = true;
    }
}
