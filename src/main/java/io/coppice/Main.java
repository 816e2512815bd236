package io.coppice;

import io.coppice.config.CoppiceConfig;
import io.coppice.observe.Logs;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;

/**
 * The process. Its exit status is 0 after a clean stop, 1 when the configuration or the command line is refused,
 * 2 when it could not start, 3 when it could not stop cleanly or its heap was exhausted, and 4 when its cluster went on
 * without it.
 */
public final class Main {
    private Main() {}

    /** Runs Coppice as its arguments say, and ends the process with its exit status. */
    public static void main(String[] args) {
        System.exit(CommandLines.create(Main::start, System.getenv(), Main::untilStopped, args)
                .execute(args));
    }

    private static Running start(CoppiceConfig config) throws Exception {
        Logs.begin(config.log(), config.node().name());
        HangUp hangUp = HangUp.heard();
        Node node = Node.start(config);
        hangUp.then(node::reload);
        return node;
    }

    /** Starts what a configuration describes. */
    interface Starter {
        /**
         * Returns once every listener is open.
         *
         * @throws Exception if that cannot be; then nothing is left running
         */
        Running start(CoppiceConfig config) throws Exception;
    }

    /** A node that serves. */
    interface Running {
        /** The listeners' addresses by name, as they are bound; in the order in which they are to be shown. */
        Map<String, String> addresses();

        /** Drains and stops; returns when all is done. */
        void stop() throws Exception;

        /** Completes, with the reason, when the node can serve no more and only a new start helps. */
        CompletionStage<String> lost();
    }

    /** Waits until the process is told to stop. */
    interface Waiter {
        /**
         * Calls {@code ready} once a signal to stop would be heard, and {@code stop} when it comes. If the process
         * survives that, it returns what {@code stop} returned, the exit status; or what {@code ended} came with
         * before.
         */
        int untilStopped(Runnable ready, Stop stop, CompletableFuture<Integer> ended);
    }

    /** Stops what runs; answers with the exit status. */
    interface Stop {
        int run();
    }

    /**
     * The JVM answers SIGTERM by running its shutdown hooks and then ends with 143. A stop that was asked for and
     * went well is a success, so the hook ends the process itself.
     */
    static int untilStopped(Runnable ready, Stop stop, CompletableFuture<Integer> ended) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(stop.run()), "coppice-stop"));
        ready.run();
        // There is nothing left to drain, and whatever the node did now could only be wrong.
        ended.thenAccept(Runtime.getRuntime()::halt);
        CountDownLatch never = new CountDownLatch(1);
        while (true) {
            try {
                never.await();
            } catch (InterruptedException notOurs) {
                // Nobody interrupts the main thread; if somebody does, the node still serves.
            }
        }
    }
}
