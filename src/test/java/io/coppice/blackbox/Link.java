package io.coppice.blackbox;

import java.io.IOException;

/** A blocking stream of bytes to and from the server. One thread reads and one writes. */
public interface Link extends AutoCloseable {
    /** Sends the bytes as one unit: one write, or one binary frame. */
    void write(byte[] bytes) throws IOException;

    /**
     * The next byte of MQTT, or -1 when the server has closed.
     *
     * @throws java.net.SocketTimeoutException if none comes before {@code deadline}, a {@link System#nanoTime}
     */
    int read(long deadline) throws IOException;

    /** Sends nothing more, and goes on reading. */
    void finish() throws IOException;

    /** Resets the connection, as a crash does. */
    void abort() throws IOException;

    @Override
    void close();
}
