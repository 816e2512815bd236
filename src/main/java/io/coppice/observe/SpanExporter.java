package io.coppice.observe;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.port.Figure;
import io.coppice.port.Spans;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends spans to a collector, on a thread of its own: batches, one after the other. What the collector does not take in time is
 * dropped and counted, and so is what comes while as much waits as may; no client ever waits for it.
 */
public final class SpanExporter implements Spans, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SpanExporter.class);
    private static final int BATCH_MAX = 512;
    /** After which a batch goes that is not full. */
    private static final long BATCH_MILLIS = 500;

    private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
    private static final int TRIES = 3;
    private static final long TRY_AGAIN_MILLIS = 1_000;
    /** What a collector answers that may take the same a little later (OTLP, "Retryable Response Codes"). */
    private static final Set<Integer> LATER = Set.of(429, 502, 503, 504);

    private static final long CLOSE_MILLIS_MAX = 2_000;
    private static final long NANOS_OF_SECOND = 1_000_000_000L;

    private final URI url;
    private final SpanHeaders headers;
    private final String node;
    private final String release;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(ANSWER_MAX)
            .build();
    private final BlockingQueue<SpanJson.Ended> waiting;
    private final LongAdder exported = new LongAdder();
    private final LongAdder full = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Thread thread = new Thread(this::run, "span-exporter");
    private volatile boolean closed;

    /**
     * Begins to send.
     *
     * @param url where the collector takes traces, with its path
     * @param headers of each request
     * @param queueMax spans that wait
     */
    public SpanExporter(String url, SpanHeaders headers, int queueMax, String node, String release) {
        this.url = URI.create(url);
        this.headers = headers;
        this.node = node;
        this.release = release;
        this.waiting = new ArrayBlockingQueue<>(queueMax);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void ended(Span span) {
        Instant now = Instant.now();
        if (!waiting.offer(new SpanJson.Ended(span, now.getEpochSecond() * NANOS_OF_SECOND + now.getNano()))) {
            full.increment();
        }
    }

    /** What it counts. */
    public List<Figure> figures() {
        return List.of(
                new Figure("mqtt.spans.exported", "Spans that the collector has taken", true, Map.of(), exported::sum),
                dropped("queue_full", full),
                dropped("not_taken", failed));
    }

    private static Figure dropped(String reason, LongAdder count) {
        return new Figure(
                "mqtt.spans.dropped", "Spans that went nowhere, by reason", true, Map.of("reason", reason), count::sum);
    }

    // --- the thread

    private void run() {
        List<SpanJson.Ended> batch = new ArrayList<>();
        try {
            while (!closed || !waiting.isEmpty()) {
                SpanJson.Ended first = waiting.poll(BATCH_MILLIS, TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    gather(batch);
                    send(batch);
                    batch.clear();
                }
            }
        } catch (InterruptedException end) {
            failed.add(batch.size() + (long) waiting.size());
        }
    }

    /** Waits a little for more. */
    private void gather(List<SpanJson.Ended> batch) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BATCH_MILLIS);
        while (batch.size() < BATCH_MAX) {
            long left = closed ? 0 : Math.max(0, until - System.nanoTime());
            SpanJson.Ended next = waiting.poll(left, TimeUnit.NANOSECONDS);
            if (next == null) {
                return;
            }
            batch.add(next);
            waiting.drainTo(batch, BATCH_MAX - batch.size());
        }
    }

    private void send(List<SpanJson.Ended> batch) throws InterruptedException {
        HttpRequest.Builder asked = HttpRequest.newBuilder(url);
        headers.now().forEach(asked::header);
        HttpRequest request = asked.timeout(ANSWER_MAX)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        SpanJson.batch(batch, node, release).toBuffer().getBytes()))
                .build();
        String fault = "";
        for (int tries = 1; tries <= TRIES; tries++) {
            boolean again = true;
            try {
                int status = http.send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                if (status / 100 == 2) {
                    exported.add(batch.size());
                    return;
                }
                fault = "the collector answers " + status;
                again = LATER.contains(status);
            } catch (IOException unreachable) {
                fault = unreachable.toString();
            }
            if (!again || closed) {
                break;
            }
            if (tries < TRIES) {
                TimeUnit.MILLISECONDS.sleep(TRY_AGAIN_MILLIS);
            }
        }
        failed.add(batch.size());
        LOG.warn(
                getMarker("spans-not-exported"),
                "{} spans were dropped: {}; those that come later are tried anew",
                batch.size(),
                fault);
    }

    /** Sends what waits, for a bounded time. */
    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join(CLOSE_MILLIS_MAX);
        thread.interrupt();
    }
}
