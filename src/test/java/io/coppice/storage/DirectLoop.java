package io.coppice.storage;

import io.coppice.port.Loop;

/** A loop that runs on whatever thread calls it. */
final class DirectLoop implements Loop {
    @Override
    public int index() {
        return 0;
    }

    @Override
    public long now() {
        return 0;
    }

    @Override
    public void execute(Runnable task) {
        task.run();
    }

    @Override
    public void after(long delayMillis, Runnable task) {
        throw new UnsupportedOperationException();
    }
}
