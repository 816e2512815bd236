package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.codec.DecoderLimits;
import io.coppice.port.Counters;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Listeners on real sockets, with two loops. Closing it proves that nothing is left. */
final class House implements AutoCloseable {
    static final int LOOPS = 2;
    static final int OUTPUT_MAX = 256 * 1024;

    static final long SEND_TIMEOUT_MILLIS = 3_000;

    final Vertx vertx = Transport.vertx(LOOPS);
    final Listeners listeners = new Listeners(vertx, LOOPS);
    final RecordingGate gate = new RecordingGate();
    final List<Counters> counters = new ArrayList<>();
    private List<Listeners.Bound> bound = List.of();

    private House() {
        for (int i = 0; i < LOOPS; i++) {
            counters.add(new Counters());
        }
    }

    static House of(ListenerSpec... specs) {
        return of(60_000, specs);
    }

    static House of(long connectTimeoutMillis, ListenerSpec... specs) {
        return of(connectTimeoutMillis, 2_000, specs);
    }

    /** Waits longer than any test for the other side to end. */
    static House patient() {
        return of(60_000, 60_000, ListenerSpec.tcp("mqtt", "127.0.0.1", 0));
    }

    private static House of(long connectTimeoutMillis, long closeTimeoutMillis, ListenerSpec... specs) {
        House house = new House();
        TransportLimits limits = new TransportLimits(
                new DecoderLimits(64 * 1024, 1024 * 1024, 65535, 128, 100, 128 * 1024, 65535),
                connectTimeoutMillis,
                connectTimeoutMillis,
                closeTimeoutMillis,
                OUTPUT_MAX,
                SEND_TIMEOUT_MILLIS);
        house.bound = await(house.listeners.listen(Arrays.asList(specs), limits, house.gate, house.counters));
        return house;
    }

    static House tls(ServerTls tls) {
        return of(ListenerSpec.tcp("mqtts", "127.0.0.1", 0).withTls(tls));
    }

    static House tcp() {
        return of(ListenerSpec.tcp("mqtt", "127.0.0.1", 0));
    }

    static House webSocket() {
        return of(ListenerSpec.webSocket("ws", "127.0.0.1", 0, "/mqtt"));
    }

    int port() {
        return bound.get(0).port();
    }

    List<Listeners.Bound> bound() {
        return bound;
    }

    Peer peer() {
        return new Peer(port());
    }

    RecordingGate.Sink nextSink() {
        try {
            return Objects.requireNonNull(gate.sinks.poll(10, TimeUnit.SECONDS), "no connection came");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static Object nextEvent(RecordingGate.Sink sink) {
        try {
            return Objects.requireNonNull(sink.events.poll(10, TimeUnit.SECONDS), "nothing happened");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs on the sink's loop and waits until it is done. */
    static void onLoop(RecordingGate.Sink sink, Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        sink.connection.loop().execute(() -> {
            try {
                task.run();
                done.complete(null);
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        done.orTimeout(10, TimeUnit.SECONDS).join();
    }

    static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    /** The sum over all loops. */
    long handshakes(Counters.Handshake result) {
        return counters.stream().mapToLong(each -> each.handshakes(result)).sum();
    }

    @Override
    public void close() {
        await(listeners.close());
        await(vertx.close());
        assertThat(gate.bytesHeld()).as("bytes in buffers that nobody released").isZero();
    }
}
