package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The API of a node, whose answers are held against the document that it serves. */
public final class ApiClient implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final int port;
    private final Described described;

    public ApiClient(int port) throws Exception {
        this.port = port;
        this.described = new Described(ask(port, "GET", "openapi.json", null).body());
    }

    /** What the API at a port answers, whatever that is. */
    public static HttpResponse<String> ask(int port, String method, String path, @Nullable String body)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/" + path))
                .timeout(Duration.ofSeconds(30))
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        return HTTP.send(
                (body == null ? request : request.header("Content-Type", "application/json")).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** What is answered with a status. */
    public JsonObject send(String operation, String method, String path, @Nullable String body, int status)
            throws Exception {
        HttpResponse<String> response = ask(port, method, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        return described.require(operation, response);
    }

    public JsonObject get(String operation, String path) throws Exception {
        return send(operation, "GET", path, null, 200);
    }

    @Override
    public void close() {
        described.close();
    }
}
