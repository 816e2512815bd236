package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.port.Loop;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Hands out what was put to it, to be run by the test. */
final class Mailbox implements Loop {
    long now;
    final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

    @Override
    public int index() {
        return 0;
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public void after(long delayMillis, Runnable task) {
        throw new AssertionError("nothing should be put off");
    }

    void runOne() throws InterruptedException {
        Runnable task = tasks.poll(20, TimeUnit.SECONDS);
        assertThat(task).isNotNull();
        task.run();
    }
}
