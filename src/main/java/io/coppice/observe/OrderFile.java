package io.coppice.observe;

import io.coppice.config.ConfigException;
import io.coppice.file.WholeFile;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Orders on disk, a line of JSON for each; the file is written anew each time, and is there when it is whole. */
final class OrderFile {
    static final String NAME = "orders.jsonl";
    /** More than as many orders as there may be take. */
    private static final long BYTES_MAX = 512L << 20;

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
        WholeFile.write(path, out -> {
            for (Order order : orders) {
                out.write((order.json().encode() + '\n').getBytes(StandardCharsets.UTF_8));
            }
        });
    }
}
