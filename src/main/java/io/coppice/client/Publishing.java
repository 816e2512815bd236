package io.coppice.client;

import com.hivemq.client.mqtt.exceptions.ConnectionClosedException;
import com.hivemq.client.mqtt.exceptions.ConnectionFailedException;
import com.hivemq.client.mqtt.exceptions.MqttClientStateException;
import com.hivemq.client.mqtt.exceptions.MqttSessionExpiredException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Messages from a source to a broker: ends when the last one is acknowledged, and says which were not taken. */
public final class Publishing {
    /** Messages that may be under way; enough for a slow line, and little memory. */
    static final int WINDOW = 128;

    private static final long GOODBYE_SECONDS_MAX = 2;

    private final Login login;
    private final Source source;
    private final long delayMillis;
    private final PrintWriter err;
    private final CompletableFuture<Ending> end = new CompletableFuture<>();
    private final Semaphore window = new Semaphore(WINDOW);
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicReference<@Nullable String> why = new AtomicReference<>();

    /** Where messages come from. */
    public interface Source {
        /** The next one, which it may wait for; null at the end. */
        @Nullable
        Outgoing next() throws IOException;
    }

    /** @param delayMillis between two messages */
    public Publishing(Login login, Source source, long delayMillis, PrintWriter err) {
        this.login = login;
        this.source = source;
        this.delayMillis = delayMillis;
        this.err = err;
    }

    /**
     * Publishes; returns a {@link Status}.
     *
     * @param onStop is given what ends it early
     * @throws IllegalArgumentException if something is not as MQTT allows it
     */
    public int run(Consumer<Runnable> onStop) {
        Reconnection none = new Reconnection(false, bound -> 0, nothing -> {}, this::lost);
        Link link = Link.to(login, none);
        onStop.accept(() -> end.complete(new Ending(Status.UNCONNECTED, unanswered("stopped"))));
        link.connect().whenComplete((stands, failure) -> {
            if (failure != null) {
                end.complete(Ending.unconnected(login.address(), Fault.of(failure)));
            } else {
                // The source may wait for somebody who types, and the end must not wait for that.
                Thread sender = new Thread(() -> send(link), "coppice-pub");
                sender.setDaemon(true);
                sender.start();
            }
        });
        Ending ending = join(end);
        Subscribing.leave(link, GOODBYE_SECONDS_MAX);
        if (ending.words() != null) {
            err.println(ending.words());
            err.flush();
        }
        return ending.status();
    }

    /** @throws IllegalArgumentException if that is why it ended */
    private static Ending join(CompletableFuture<Ending> end) {
        try {
            return end.join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof IllegalArgumentException wrong) {
                throw wrong;
            }
            throw failed;
        }
    }

    private void lost(Fault fault) {
        end.complete(new Ending(Status.UNCONNECTED, unanswered(login.address() + ": " + fault.words())));
    }

    private String unanswered(String words) {
        long open = sent.get() - answered.get();
        return open == 0 ? words : words + "; " + open + " of " + sent + " messages were not acknowledged";
    }

    private void send(Link link) {
        try {
            Outgoing message = source.next();
            while (message != null && !end.isDone()) {
                window.acquire();
                sent.incrementAndGet();
                link.publish(message).whenComplete((done, failure) -> answered(failure));
                message = source.next();
                if (message != null && delayMillis > 0) {
                    pause();
                }
            }
            // All of them are back when all have been answered.
            window.acquire(WINDOW);
            end.complete(result());
        } catch (IOException unreadable) {
            end.complete(
                    new Ending(Status.WRONG, "What is to be published cannot be read: " + unreadable.getMessage()));
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException wrong) {
            end.completeExceptionally(wrong);
        }
    }

    private void pause() throws InterruptedException {
        try {
            end.get(delayMillis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException over) {
            // It goes on.
        } catch (ExecutionException failed) {
            // The loop sees that it is over.
        }
    }

    private void answered(@Nullable Throwable failure) {
        if (failure != null && isLoss(failure)) {
            return; // the connection's end says so, and the window stays shut
        }
        answered.incrementAndGet();
        if (failure != null) {
            refused.incrementAndGet();
            why.compareAndSet(null, Fault.of(failure).words());
        }
        window.release();
    }

    private static boolean isLoss(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ConnectionClosedException
                || cause instanceof ConnectionFailedException
                || cause instanceof MqttClientStateException
                || cause instanceof MqttSessionExpiredException
                || cause instanceof Mqtt5DisconnectException;
    }

    private Ending result() {
        String first = why.get();
        if (first == null) {
            return Ending.DONE;
        }
        String words = sent.get() == 1
                ? "The message was refused: " + first
                : refused + " of " + sent + " messages were refused, the first: " + first;
        return new Ending(Status.REFUSED, words);
    }
}
