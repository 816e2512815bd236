package io.coppice.port;

/** A loop for those that only need to know which one it is; asking more of it is an error. */
public record IdleLoop(int index) implements Loop {
    @Override
    public long now() {
        throw new AssertionError("nobody should need the time");
    }

    @Override
    public void execute(Runnable task) {
        throw new AssertionError("nothing should be put off");
    }

    @Override
    public void after(long delayMillis, Runnable task) {
        throw new AssertionError("nothing should be put off");
    }
}
