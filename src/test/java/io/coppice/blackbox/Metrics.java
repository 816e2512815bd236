package io.coppice.blackbox;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.function.DoublePredicate;
import org.awaitility.Awaitility;

/** The metrics of a broker, in the text format of Prometheus. */
public final class Metrics {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final URI address;

    Metrics(int port) {
        this.address = URI.create("http://127.0.0.1:" + port + "/metrics");
    }

    /** The samples: {@code name{label="value",…} number}, without comments. */
    public List<String> samples() {
        try {
            HttpRequest request =
                    HttpRequest.newBuilder(address).timeout(PATIENCE).build();
            return HTTP.send(request, BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError("no metrics", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A gauge or counter without labels. */
    public long value(String name) {
        return (long) sum(name, "");
    }

    /** The sum over all samples of a name whose labels contain a text, such as {@code reason="queue_full"}. */
    public double sum(String name, String label) {
        return samples().stream()
                .filter(sample -> sample.startsWith(name + " ") || sample.startsWith(name + "{"))
                .filter(sample -> sample.contains(label))
                .mapToDouble(sample -> Double.parseDouble(sample.substring(sample.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Waits until {@link #sum} is as wanted. */
    public void await(String name, String label, DoublePredicate wanted) {
        Awaitility.await(name).atMost(PATIENCE).until(() -> sum(name, label), wanted::test);
    }
}
