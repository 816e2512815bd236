package io.coppice.transport;

import io.coppice.port.Loop;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A loop whose time the test makes. */
final class VirtualLoop implements Loop {
    record Timer(long at, Runnable task) {}

    final PriorityQueue<Timer> timers = new PriorityQueue<>(Comparator.comparingLong(Timer::at));
    private long now = 1_000_000;

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
        task.run();
    }

    @Override
    public void after(long delayMillis, Runnable task) {
        timers.add(new Timer(now + delayMillis, task));
    }

    void advance(long millis) {
        long until = now + millis;
        while (!timers.isEmpty() && timers.peek().at() <= until) {
            Timer timer = timers.remove();
            now = timer.at();
            timer.task().run();
        }
        now = until;
    }
}
