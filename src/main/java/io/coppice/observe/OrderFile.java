package io.coppice.observe;

import io.coppice.config.ConfigException;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/** Orders on disk, a line of JSON for each; the file is written anew each time, and is there when it is whole. */
final class OrderFile {
    static final String NAME = "orders.jsonl";
    /** More than as many orders as there may be take. */
    private static final long BYTES_MAX = 512L << 20;

    private static final int CHUNK_BYTES = 1 << 16;

    private final Path path;

    OrderFile(Path directory) {
        this.path = directory.resolve(NAME);
    }

    /** @throws ConfigException if what is there does not read: who is banned must not come in because of that */
    List<Order> read() throws ConfigException {
        List<Order> orders = new ArrayList<>();
        int number = 0;
        if (!Files.exists(path)) {
            return orders;
        }
        try {
            if (Files.size(path) > BYTES_MAX) {
                throw wrong("is larger than " + BYTES_MAX + " bytes");
            }
            try (BufferedReader lines = Files.newBufferedReader(path)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    number++;
                    orders.add(Order.of(new JsonObject(line)));
                }
            }
        } catch (IOException unreadable) {
            throw wrong("cannot be read: " + unreadable);
        } catch (RuntimeException noOrder) {
            throw wrong("line " + number + " does not read as what operators have ordered");
        }
        return orders;
    }

    private ConfigException wrong(String what) {
        return new ConfigException(
                List.of(
                        path + ": " + what
                                + "; allowed: as a node has written it, or no such file, and then bans and changed keys are forgotten"));
    }

    void write(Collection<Order> orders) throws IOException {
        Path directory = Objects.requireNonNull(path.toAbsolutePath().getParent());
        Path part = Files.createTempFile(directory, NAME + ".", ".part");
        try {
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE)) {
                StringBuilder chunk = new StringBuilder();
                for (Order order : orders) {
                    chunk.append(order.json().encode()).append('\n');
                    if (chunk.length() >= CHUNK_BYTES) {
                        write(out, chunk);
                    }
                }
                write(out, chunk);
                out.force(true);
            }
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void write(FileChannel out, StringBuilder chunk) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(chunk.toString().getBytes(StandardCharsets.UTF_8));
        while (left.hasRemaining()) {
            out.write(left);
        }
        chunk.setLength(0);
    }
}
