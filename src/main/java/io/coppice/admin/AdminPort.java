package io.coppice.admin;

import io.coppice.shell.Plain;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The admin port of a node, seen from a command line. */
final class AdminPort {
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int SERVER_ERROR = 500;
    private static final int UNAVAILABLE = 503;
    private static final Duration CONNECT_MAX = Duration.ofSeconds(10);

    private final URI url;
    private final @Nullable String authorization;
    private final HttpClient client;

    /** It does not answer, not as one does, or refuses. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1;

        private final int status;

        Failure(String message) {
            this(message, AdminCommand.FAILED);
        }

        /** @param status with which the command ends */
        Failure(String message, int status) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /**
     * Asks nothing yet.
     *
     * @param authorization value of the header that says who asks; null where nobody is said to
     * @param trust null for what Java trusts
     */
    AdminPort(URI url, @Nullable String authorization, @Nullable SSLContext trust) {
        this.url = url;
        this.authorization = authorization;
        HttpClient.Builder building =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_MAX);
        this.client = (trust == null ? building : building.sslContext(trust)).build();
    }

    URI url() {
        return url;
    }

    HttpRequest.Builder to(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(url.resolve(path)).header("X-Coppice-Request", "command line");
        return authorization == null ? request : request.header("Authorization", authorization);
    }

    <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) throws Failure {
        try {
            return client.send(request, handler);
        } catch (ConnectException refused) {
            throw new Failure("No node answers at " + url + "; --url names another admin port.");
        } catch (HttpTimeoutException late) {
            throw new Failure("The node at " + url + " does not answer in time.");
        } catch (SSLException untrusted) {
            throw new Failure("TLS with " + url + " fails: "
                    + Objects.requireNonNullElse(untrusted.getMessage(), "no reason is given")
                    + "; --ca names who signed the node's certificate.");
        } catch (IOException broken) {
            throw new Failure("The connection to " + url + " broke: "
                    + Objects.requireNonNullElse(
                            broken.getMessage(), broken.getClass().getSimpleName()));
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new Failure("stopped");
        }
    }

    /** What a node says that does not do as it was told: with all that it names as wrong, and what may be done about it. */
    Failure refusal(int status, String body) {
        String title = "it answers with " + status;
        StringBuilder more = new StringBuilder();
        try {
            JsonObject problem = new JsonObject(body);
            title = problem.getString("title", title);
            String detail = problem.getString("detail", "");
            more.append(detail.isEmpty() ? "" : ": " + detail);
            for (Object each : problem.getJsonArray("errors", new JsonArray())) {
                JsonObject error = (JsonObject) each;
                String allowed = error.getString("allowed", "");
                more.append("\n  ").append(error.getString("where")).append(' ').append(error.getString("what"));
                more.append(allowed.isEmpty() ? "" : "; allowed: " + allowed);
            }
            for (Object each : problem.getJsonArray("failures", new JsonArray())) {
                JsonObject failure = (JsonObject) each;
                more.append("\n  node ").append(failure.getString("node")).append(": ");
                more.append(failure.getString("reason"));
            }
        } catch (DecodeException | ClassCastException notOurs) {
            // the status has to do
        }
        String said = Plain.lines(title + more);
        return new Failure(
                "The node at " + url + " refuses: " + said + (said.contains("\n") ? "" : ".") + hint(status),
                status < SERVER_ERROR ? AdminCommand.REFUSED : AdminCommand.FAILED);
    }

    private static String hint(int status) {
        return switch (status) {
            case UNAUTHORIZED -> " --user or --token-file says who asks.";
            case FORBIDDEN -> " \"admin whoami\" says which role one has.";
            case UNAVAILABLE -> " It may be tried again.";
            default -> "";
        };
    }
}
