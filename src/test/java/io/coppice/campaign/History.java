package io.coppice.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What happened, one {@link Event} a line, written as it happens; any thread may add to it. */
final class History implements AutoCloseable {
    final Path file;
    private final long begun = System.nanoTime();
    private final BufferedWriter out;
    private boolean closed;

    History(Path file) throws IOException {
        this.file = file;
        out = Files.newBufferedWriter(file, UTF_8);
    }

    synchronized void add(Event.Kind kind, Object... words) {
        if (closed) {
            return; // of connections that end after the round
        }
        try {
            out.write(Event.of(micros(), kind, words).line());
            out.newLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long micros() {
        return (System.nanoTime() - begun) / 1000;
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        out.close();
    }

    /** Reads a file from its beginning to its end, holding one line of it at a time. */
    static void read(Path file, Consumer<Event> to) throws IOException {
        try (Stream<String> lines = Files.lines(file, UTF_8)) {
            lines.forEach(line -> to.accept(Event.parse(line)));
        }
    }
}
