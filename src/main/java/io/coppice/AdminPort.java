package io.coppice;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;

/** The admin port of a node, seen from a command line. */
final class AdminPort {
    private static final Duration CONNECT_MAX = Duration.ofSeconds(10);

    private final URI url;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_MAX)
            .build();

    /** It does not answer, or not as one does. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1;

        Failure(String message) {
            super(message);
        }
    }

    AdminPort(URI url) {
        this.url = url;
    }

    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(url.resolve(path));
    }

    <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) throws Failure {
        try {
            return client.send(request, handler);
        } catch (ConnectException refused) {
            throw new Failure("No node answers at " + url + "; --url names another admin port.");
        } catch (IOException broken) {
            throw new Failure("The connection to " + url + " broke: "
                    + Objects.requireNonNullElse(
                            broken.getMessage(), broken.getClass().getSimpleName()));
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new Failure("stopped");
        }
    }

    /** What a node says that does not do as it was told. */
    Failure refusal(int status, String body) {
        String title = "it answers with " + status;
        String detail = "";
        try {
            JsonObject problem = new JsonObject(body);
            title = problem.getString("title", title);
            detail = problem.getString("detail", "");
        } catch (DecodeException | ClassCastException notOurs) {
            // the status has to do
        }
        return new Failure("The node at " + url + " refuses: " + title + (detail.isEmpty() ? "" : ": " + detail) + ".");
    }
}
