package io.coppice;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what Vert.x does, on a thread that is none of its loops. */
final class Waiting {
    private Waiting() {}

    /**
     * What comes out.
     *
     * @throws Exception what it failed with, or that it has taken too long
     */
    static <T> T on(Future<T> future, long seconds) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw failed;
        } catch (TimeoutException late) {
            throw new IllegalStateException("not done within " + seconds + " s", late);
        }
    }
}
