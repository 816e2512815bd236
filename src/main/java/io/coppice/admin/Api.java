package io.coppice.admin;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The API of the nodes, by way of one of them. */
final class Api {
    /** Longer than a node takes that waits for all others, or clears as many topics as it does at once. */
    private static final Duration ANSWER_MAX = Duration.ofSeconds(60);

    private static final int ANSWER_BYTES_MAX = 64 << 20;
    private static final int PAGE_MAX = 1_000;
    private static final int GONE = 404;

    private final AdminPort port;
    /** Nodes that did not answer, each with its reason. */
    private final Set<String> failures = new LinkedHashSet<>();

    Api(AdminPort port) {
        this.port = port;
    }

    AdminPort port() {
        return port;
    }

    /** A step of a path, whatever is in it. */
    static String step(String text) {
        return "/" + encoded(text);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Parameters of a path: names, each followed by its value; those without a value are left out. */
    static String query(String path, @Nullable Object... namesAndValues) {
        StringBuilder query = new StringBuilder(path);
        char next = '?';
        for (int i = 0; i < namesAndValues.length; i += 2) {
            Object value = namesAndValues[i + 1];
            if (value != null) {
                query.append(next).append(namesAndValues[i]).append('=').append(encoded(value.toString()));
                next = '&';
            }
        }
        return query.toString();
    }

    /** @param path below {@code /api/v1} */
    JsonObject get(String path) throws AdminPort.Failure {
        return answer("GET", path, null);
    }

    /** As above; null where nothing is there. */
    @Nullable
    JsonObject getIfThere(String path) throws AdminPort.Failure {
        HttpResponse<InputStream> response = ask("GET", path, null);
        return response.statusCode() == GONE ? read(response, true) : read(response, false);
    }

    JsonObject delete(String path) throws AdminPort.Failure {
        return answer("DELETE", path, null);
    }

    JsonObject send(String path, String method, JsonObject body) throws AdminPort.Failure {
        return answer(method, path, body);
    }

    private JsonObject answer(String method, String path, @Nullable JsonObject body) throws AdminPort.Failure {
        JsonObject answer = read(ask(method, path, body), false);
        return answer == null ? new JsonObject() : answer;
    }

    private HttpResponse<InputStream> ask(String method, String path, @Nullable JsonObject body)
            throws AdminPort.Failure {
        HttpRequest.Builder request = port.to("/api/v1" + path).timeout(ANSWER_MAX);
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return port.send(
                request.method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body.encode()))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    }

    private @Nullable JsonObject read(HttpResponse<InputStream> response, boolean absent) throws AdminPort.Failure {
        String text;
        try (InputStream body = response.body()) {
            byte[] bytes = body.readNBytes(ANSWER_BYTES_MAX);
            text = new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new AdminPort.Failure("The node broke off: " + Exporting.reason(broken) + ".");
        }
        if (absent) {
            return null;
        }
        if (response.statusCode() / 100 != 2) {
            throw port.refusal(response.statusCode(), text);
        }
        try {
            JsonObject answer = text.isEmpty() ? new JsonObject() : new JsonObject(text);
            note(answer);
            return answer;
        } catch (DecodeException notOurs) {
            throw new AdminPort.Failure(
                    "What answers at " + port.url() + " is no admin port; --url names another one.");
        }
    }

    private void note(JsonObject answer) {
        if (answer.getValue("failures") instanceof JsonArray unanswered) {
            for (Object each : unanswered) {
                JsonObject failure = (JsonObject) each;
                failures.add("node " + failure.getString("node") + ": " + failure.getString("reason"));
            }
        }
    }

    /** Who did not answer until now, each with its reason. */
    Set<String> failures() {
        return failures;
    }

    /**
     * Hands over the items of a list, page by page.
     *
     * @param path with its parameters but for {@code limit} and {@code cursor}
     * @param limit items at most
     * @return whether there are more
     */
    boolean pages(String path, long limit, Consumer<JsonObject> to) throws AdminPort.Failure {
        long left = limit;
        String cursor = null;
        String separator = path.indexOf('?') < 0 ? "?" : "&";
        while (true) {
            long size = Math.min(left, PAGE_MAX);
            JsonObject page = get(path + separator + "limit=" + size + (cursor == null ? "" : "&cursor=" + cursor));
            for (Object item : page.getJsonArray("items")) {
                to.accept((JsonObject) item);
                left--;
            }
            cursor = page.getString("nextCursor");
            if (cursor == null || left <= 0) {
                return cursor != null;
            }
        }
    }
}
