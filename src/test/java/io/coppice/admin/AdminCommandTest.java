package io.coppice.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.coppice.shell.CommandEnd;
import io.coppice.shell.Screen;
import io.coppice.shell.Surroundings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What the command admin asks a node for, and what it makes of the answers; the node is a stub that says what it is told to. */
@Timeout(60)
class AdminCommandTest {
    private record Answer(int status, String body) {}

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Queue<Answer>> answers = new HashMap<>();
    private Screen screen = new Screen(false, false, Screen.ENDLESS);
    private Runnable ctrlC = () -> {};
    private HttpServer server;

    @TempDir
    private Path directory;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        asked.add(body.isEmpty() ? request : request + " " + body);
        Queue<Answer> waiting = answers.get(request);
        Answer answer = waiting == null
                ? new Answer(404, "{\"title\":\"Nothing is here\"}")
                : waiting.size() == 1 ? waiting.element() : waiting.remove();
        byte[] bytes = answer.body.getBytes(UTF_8);
        exchange.sendResponseHeaders(answer.status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** The last answer is given again and again. */
    private void on(String request, Object... bodies) {
        for (Object body : bodies) {
            Answer answer = body instanceof Answer given ? given : new Answer(200, body.toString());
            answers.computeIfAbsent(request, none -> new ArrayDeque<>()).add(answer);
        }
    }

    private int run(String... args) {
        Surroundings around = new Surroundings(
                Map.of(
                        "COPPICE_ADMIN_URL",
                        "http://127.0.0.1:" + server.getAddress().getPort()),
                new ByteArrayInputStream(new byte[0]),
                null);
        CommandEnd end = new CommandEnd() {
            @Override
            public int during(boolean welcome, ToIntFunction<Consumer<Runnable>> command) {
                return command.applyAsInt(stop -> ctrlC = stop);
            }

            @Override
            public boolean isTerminal() {
                return screen.out();
            }
        };
        CommandLine commandLine = AdminCommand.create(around, end, () -> screen);
        commandLine.setParameterExceptionHandler((wrong, given) -> {
            err.append(wrong.getMessage());
            return 1;
        });
        return commandLine
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    private static JsonObject client(String id) {
        return new JsonObject()
                .put("clientId", id)
                .put("node", "a")
                .put("connected", true)
                .put("subscriptions", 1)
                .put("inFlight", 0)
                .put("queuedMessages", 2);
    }

    private static JsonObject page(String cursor, JsonObject... items) {
        JsonObject page =
                new JsonObject().put("items", new JsonArray(List.of(items))).put("failures", new JsonArray());
        return cursor == null ? page : page.put("nextCursor", cursor);
    }

    // --- lists

    @Test
    void aListIsFollowedFromPageToPage() {
        on("GET /api/v1/clients?prefix=a%20b%2Fc&limit=100", page("next", client("x\u001b[2J")));
        on("GET /api/v1/clients?prefix=a%20b%2Fc&limit=99&cursor=next", page(null, client("y")));

        assertThat(run("clients", "list", "--prefix", "a b/c")).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "CLIENT      NODE  STATE      USER  ADDRESS  MQTT  SUBS  FLIGHT  QUEUED",
                        "x\\u001b[2J  a     connected  -     -        -        1       0       2",
                        "y           a     connected  -     -        -        1       0       2");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void noMoreIsAskedForThanIsWanted() {
        on("GET /api/v1/clients?limit=2", page("next", client("x"), client("y")));

        assertThat(run("clients", "list", "--limit", "2", "--json")).isZero();
        assertThat(out.toString().lines().map(JsonObject::new).map(one -> one.getString("clientId")))
                .containsExactly("x", "y");
        assertThat(err.toString()).contains("There are more");
        assertThat(asked).hasSize(1);
    }

    @Test
    void aNodeThatDoesNotAnswerIsNamedAndMakesItDoneInPart() {
        on(
                "GET /api/v1/clients?limit=100",
                page(null, client("x"))
                        .put(
                                "failures",
                                new JsonArray()
                                        .add(new JsonObject().put("node", "b").put("reason", "it is gone"))));

        assertThat(run("clients", "list")).isEqualTo(2);
        assertThat(out.toString()).contains("x ");
        assertThat(err.toString()).contains("Without node b: it is gone.");
    }

    // --- what ends how

    @ParameterizedTest
    @CsvSource({"400, 3", "401, 3", "403, 3", "404, 3", "409, 3", "500, 2", "503, 2"})
    void theStatusTellsARefusalFromAFailure(int answered, int status) {
        on(
                "DELETE /api/v1/clients/a%2Fb/connection",
                new Answer(
                        answered,
                        "{\"title\":\"No\",\"detail\":\"because\\u001b\",\"errors\":[{\"where\":\"body /x\",\"what\":\"is 7\",\"allowed\":\"8\"}]}"));

        assertThat(run("clients", "kick", "a/b")).isEqualTo(status);
        assertThat(err.toString()).contains("No: because\\u001b").contains("body /x is 7; allowed: 8");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void whereNobodyAnswersTheStatusIsAnotherOne() {
        server.stop(0);

        assertThat(run("nodes")).isEqualTo(2);
        assertThat(err.toString()).contains("No node answers at http://127.0.0.1:");
    }

    @Test
    void whatIsNoAdminPortIsNotTakenForOne() {
        on("GET /api/v1/nodes", "<html>");

        assertThat(run("nodes")).isEqualTo(2);
        assertThat(err.toString()).contains("is no admin port");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            clients                                     | Say what to do
            clients list --limit 0                      | --limit 0 is not allowed
            ban add client-id x --for 3y                | --for 3y is not allowed; allowed: such as 30m, 12h or 7d
            config set a                                | KEY VALUE
            trace                                       | Say what to trace
            trace --client a --topic b                  | Say what to trace
            where                                       | Say which message
            where a --message 00112233445566aa          | Say which message
            where a --limit 0                           | --limit 0 is not allowed
            top --interval 0                            | --interval 0.0 is not allowed
            publish t -m a -f b                         | -m and -f are not allowed together
            retained purge # --limit 0                  | --limit 0 is not allowed
            """)
    void whatIsTypedWronglyIsSaidAndNothingIsAsked(String typed, String said) {
        assertThat(run(typed.split(" "))).isEqualTo(1);
        assertThat(err.toString()).contains(said);
        assertThat(asked).isEmpty();
    }

    // --- doing

    @Test
    void aRefusedSubscriptionIsNoSuccess() {
        on(
                "POST /api/v1/clients/x/subscriptions",
                "{\"results\":[{\"filter\":\"a\",\"granted\":true,\"reason\":\"granted-qos-1\"},"
                        + "{\"filter\":\"b\",\"granted\":false,\"reason\":\"not-authorized\"}]}");

        assertThat(run("clients", "subscribe", "x", "a", "b", "--qos", "1")).isEqualTo(3);
        assertThat(out.toString()).contains("Subscribed x to a").contains("Refused b: not-authorized.");
        assertThat(new JsonObject(asked.get(0).substring(asked.get(0).indexOf('{')))
                        .getJsonArray("subscriptions")
                        .getJsonObject(1))
                .isEqualTo(
                        new JsonObject(
                                "{\"filter\":\"b\",\"qos\":1,\"noLocal\":false,\"retainAsPublished\":false,\"retainHandling\":0}"));
    }

    @Test
    void aMessageThatIsNoTextIsPublishedAsItIs() throws IOException {
        on("POST /api/v1/publish", "{\"topic\":\"t\",\"matched\":true,\"safe\":true,\"rejected\":false}");
        Path file = Files.write(directory.resolve("message"), new byte[] {(byte) 0xff, 0});

        assertThat(run("publish", "t", "-f", file.toString(), "--qos", "1", "--user-property", "a=b=c"))
                .isZero();
        assertThat(new JsonObject(asked.get(0).substring(asked.get(0).indexOf('{'))))
                .isEqualTo(new JsonObject("{\"topic\":\"t\",\"qos\":1,\"retain\":false,\"payloadBase64\":\"/wA=\","
                        + "\"properties\":{\"userProperties\":[{\"name\":\"a\",\"value\":\"b=c\"}]}}"));
    }

    private static String purged(int count, boolean more) {
        return "{\"dryRun\":false,\"topics\":[],\"count\":" + count + ",\"matching\":" + (more ? 1_500 : count)
                + ",\"failed\":0,\"more\":" + more + "}";
    }

    @Test
    void aPurgeGoesOnUntilNothingIsLeftAndShowsHowFarItIs() {
        screen = new Screen(false, true, Screen.ENDLESS);
        on("DELETE /api/v1/retained?filter=a%2F%23&dryRun=true&limit=1", purged(1, true));
        on("DELETE /api/v1/retained?filter=a%2F%23&limit=10000", purged(1_000, true), purged(500, false));

        assertThat(run("retained", "purge", "a/#")).isZero();
        assertThat(out.toString()).isEqualTo("Cleared 1500 topics.\n");
        assertThat(err.toString()).contains("of 1,500 topics").endsWith("\r\u001b[K");
        assertThat(asked).hasSize(3);
    }

    @Test
    void aDryRunClearsNothing() {
        JsonArray topics = new JsonArray().add("a/1").add("a/2");
        on(
                "DELETE /api/v1/retained?filter=a%2F%23&dryRun=true&limit=10000",
                new JsonObject(purged(2, false)).put("topics", topics),
                new JsonObject(purged(2, true)).put("topics", topics));
        on("DELETE /api/v1/retained?filter=a%2F%23&dryRun=true&limit=2", new JsonObject(purged(2, true)));

        assertThat(run("retained", "purge", "a/#", "--dry-run")).isZero();
        assertThat(out.toString().lines()).containsExactly("a/1", "a/2", "Would clear 2 topics.");
        assertThat(run("retained", "purge", "a/#", "--dry-run")).isZero();
        assertThat(out.toString()).endsWith("Would clear 1500 topics, of which these are the first.\n");
        assertThat(run("retained", "purge", "a/#", "--dry-run", "--limit", "2")).isZero();
        assertThat(out.toString()).endsWith("Would clear 2 topics; there are 1498 more.\n");
        assertThat(asked).hasSize(3);
    }

    @Test
    void keysAreChangedTogether() {
        on("PATCH /api/v1/config", "{\"nodes\":[\"a\",\"b\"],\"failures\":[]}");

        assertThat(run("config", "set", "limits.publish-rate-max", "7", "log.level", "debug"))
                .isZero();
        assertThat(asked)
                .containsExactly("PATCH /api/v1/config {\"limits.publish-rate-max\":\"7\",\"log.level\":\"debug\"}");
        assertThat(out.toString()).isEqualTo("Changed limits.publish-rate-max, log.level on a, b.\n");
    }

    // --- what goes on

    private static String draining(boolean on, int left) {
        return "{\"node\":\"a\",\"draining\":" + on + ",\"since\":null,\"connectionsLeft\":" + left + "}";
    }

    @Test
    void aDrainIsWatchedToItsEnd() {
        on("POST /api/v1/nodes/a/drain", new Answer(202, draining(true, 7)));
        on("GET /api/v1/nodes/a/drain", draining(true, 7), draining(true, 3), draining(true, 0));

        assertThat(run("drain", "start", "a", "--watch")).isZero();
        assertThat(out.toString()).contains("0 connections are left");
        assertThat(asked).hasSize(4);
    }

    @Test
    void aDrainThatIsStoppedMeanwhileIsNoSuccess() {
        on("GET /api/v1/nodes/a/drain", draining(true, 7), draining(false, 4));

        assertThat(run("drain", "watch", "a")).isEqualTo(2);
        assertThat(out.toString()).contains("lets clients in; it has 4 connections");
    }

    @Test
    void aRebalanceIsPlannedBegunAndStopped() {
        String plan = "{\"dryRun\":true,\"items\":[{\"node\":\"a\",\"connections\":90,\"wanted\":40}],\"failures\":[]}";
        String progress =
                "{\"running\":false,\"items\":[{\"node\":\"a\",\"running\":false,\"connections\":60,\"wanted\":40,\"moved\":30}],"
                        + "\"failures\":[]}";
        on("POST /api/v1/rebalance", new Answer(202, plan));
        on("GET /api/v1/rebalance", progress);
        on("DELETE /api/v1/rebalance", progress);

        assertThat(run("rebalance", "start", "--rate", "7", "--tolerance", "0", "--dry-run"))
                .isZero();
        assertThat(out.toString()).contains("TO GO").contains("40");
        assertThat(run("rebalance", "status")).isZero();
        assertThat(out.toString()).contains("idle").contains("30");
        assertThat(run("rebalance", "stop")).isZero();
    }

    private static JsonObject event(String name) {
        return new JsonObject()
                .put("time", "2026-01-01T00:00:00Z")
                .put("node", "a")
                .put("event", name)
                .put("client", "c\n")
                .put("qos", 1)
                .put("reason", null);
    }

    @Test
    void aTraceIsFollowedToItsEndAndDeleted() {
        on("POST /api/v1/traces", new Answer(201, "{\"id\":\"t1\"}"));
        on("GET /api/v1/traces/t1/events?limit=1000", page("1", event("publish")));
        on("GET /api/v1/traces/t1/events?cursor=1&limit=1000", page("1"), page(null, event("puback")));
        on("DELETE /api/v1/traces/t1", new Answer(204, ""));

        assertThat(run("trace", "--client", "c", "--seconds", "5", "--sample", "10"))
                .isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "2026-01-01T00:00:00Z  a  publish  c\\u000a  qos=1",
                        "2026-01-01T00:00:00Z  a  puback  c\\u000a  qos=1");
        assertThat(asked.get(0)).isEqualTo("POST /api/v1/traces {\"client\":\"c\",\"seconds\":5,\"sample\":10}");
        assertThat(asked).last().isEqualTo("DELETE /api/v1/traces/t1");
    }

    @Test
    void aTraceThatIsGoneIsOver() {
        on("POST /api/v1/traces", new Answer(201, "{\"id\":\"t1\"}"));
        on("GET /api/v1/traces/t1/events?limit=1000", page("1", event("publish")));

        assertThat(run("trace", "--topic", "a/#", "--json")).isZero();
        assertThat(new JsonObject(out.toString())).isEqualTo(event("publish"));
        assertThat(err.toString())
                .as("it could not be deleted, and need not be")
                .isEmpty();
    }

    @Test
    void ctrlCShowsWhatHasComeAndDeletesTheTrace() {
        on("POST /api/v1/traces", new Answer(201, "{\"id\":\"t1\"}"));
        server.removeContext("/");
        server.createContext("/", exchange -> {
            if (exchange.getRequestURI().getPath().endsWith("/events")) {
                ctrlC.run();
            }
            answer(exchange);
        });
        on("GET /api/v1/traces/t1/events?limit=1000", page("1", event("publish")));
        on("GET /api/v1/traces/t1/events?cursor=1&limit=1000", page("2", event("puback")));
        on("DELETE /api/v1/traces/t1", new Answer(204, ""));

        assertThat(run("trace", "--address", "192.0.2.0/24")).isZero();
        assertThat(out.toString()).contains("publish").contains("puback");
        assertThat(asked).last().isEqualTo("DELETE /api/v1/traces/t1");
    }

    @Test
    void whereAMessageWentIsTold() {
        JsonObject answer = page(null, event("received"), event("dropped")).put("more", true);
        on("GET /api/v1/messages?topic=a%2Fb&publisher=c&time=2026-01-01T00%3A00%3A00Z&within=60&limit=2", answer);
        on("GET /api/v1/messages?message=00112233445566aa&limit=100", page(null).put("more", false));

        assertThat(run(
                        "where",
                        "a/b",
                        "--publisher",
                        "c",
                        "--time",
                        "2026-01-01T00:00:00Z",
                        "--within",
                        "60",
                        "--limit",
                        "2"))
                .isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "2026-01-01T00:00:00Z  a  received  c\\u000a  qos=1",
                        "2026-01-01T00:00:00Z  a  dropped  c\\u000a  qos=1");
        assertThat(err.toString()).contains("There are more; --limit takes up to 1000");

        out.getBuffer().setLength(0);
        assertThat(run("where", "--message", "00112233445566aa")).isZero();
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains("No trace has noted such a message");
    }

    private static JsonObject node(String id, long received, long dropped) {
        return new JsonObject()
                .put("node", "a")
                .put("id", id)
                .put("self", true)
                .put("ready", true)
                .put("draining", false)
                .put("connections", 3)
                .put("sessions", 4)
                .put("queuedMessages", 5)
                .put("inFlightMessages", 6)
                .put("messagesReceived", received)
                .put("messagesSent", received)
                .put("messagesDropped", new JsonObject().put("queue_full", dropped));
    }

    @Test
    void whatANodeDoesASecondIsShownOnceWhereNobodySeesIt() {
        on("GET /api/v1/nodes", page(null, node("1", 0, 0)), page(null, node("1", 1_000_000, 1_000)));

        assertThat(run("top", "--interval", "0.01")).isZero();
        assertThat(asked).hasSize(2);
        assertThat(out.toString().lines().toList().get(0)).contains("IN/S").contains("DROPPED/S");
        assertThat(out.toString()).contains("queue_full").doesNotContain("\u001b");
    }

    @Test
    void aNodeThatHasBegunAnewHasNoRateYet() {
        on("GET /api/v1/nodes", page(null, node("1", 500, 5)), page(null, node("2", 0, 0)));

        assertThat(run("top", "--interval", "0.01", "--json")).isZero();
        assertThat(new JsonObject(out.toString()).getValue("receivedPerSecond")).isNull();
        assertThat(new JsonObject(out.toString()).getLong("connections")).isEqualTo(3);
    }

    @Test
    void aLiveTableIsDrawnAgainUntilCtrlC() {
        screen = new Screen(true, true, 80);
        server.removeContext("/");
        server.createContext("/", exchange -> {
            if (asked.size() == 3) {
                ctrlC.run();
            }
            answer(exchange);
        });
        on("GET /api/v1/nodes", page(null, node("1", 0, 0)));

        assertThat(run("top", "--interval", "0.01")).isZero();
        assertThat(asked).hasSizeBetween(3, 5);
        assertThat(out.toString()).contains("\u001b[H\u001b[J");
    }
}
