package io.coppice.cluster;

import io.coppice.port.Loop;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A loop that is a thread, of the kind that Vert.x runs loops on. */
final class ThreadLoop implements Loop, AutoCloseable {
    private final int index;
    private final EventExecutor thread;

    ThreadLoop(int index) {
        this.index = index;
        this.thread = new DefaultEventExecutor(new DefaultThreadFactory("loop-" + index, true));
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public long now() {
        return System.currentTimeMillis();
    }

    @Override
    public void execute(Runnable task) {
        thread.execute(task);
    }

    @Override
    public void after(long delayMillis, Runnable task) {
        thread.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
    }

    /** What a call on this loop answers. */
    <T> CompletableFuture<T> ask(Consumer<Consumer<T>> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        thread.execute(() -> {
            try {
                call.accept(value -> {
                    if (!thread.inEventLoop()) {
                        answer.completeExceptionally(new AssertionError("answered on " + Thread.currentThread()));
                    }
                    answer.complete(value);
                });
            } catch (RuntimeException fault) {
                answer.completeExceptionally(fault);
            }
        });
        return answer;
    }

    /** As {@link #ask}, and waits for it. */
    <T> T await(Consumer<Consumer<T>> call) throws Exception {
        return ask(call).get(60, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        thread.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
