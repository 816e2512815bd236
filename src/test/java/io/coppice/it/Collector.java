package io.coppice.it;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Takes the spans that nodes export, as a collector of OpenTelemetry does. */
public final class Collector implements AutoCloseable {
    /**
     * What a span says.
     *
     * @param node that made it
     * @param parent empty for none
     */
    public record Span(
            String node,
            String name,
            int kind,
            String trace,
            String id,
            String parent,
            long begin,
            long end,
            Map<String, String> attributes) {}

    private final HttpServer server;
    private final ConcurrentLinkedQueue<Span> spans = new ConcurrentLinkedQueue<>();
    public volatile int status = 200;
    /** Header of the latest request. */
    public volatile String authorization;

    public Collector() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/v1/traces", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            authorization = exchange.getRequestHeaders().getFirst("Authorization");
            boolean json =
                    "application/json".equals(exchange.getRequestHeaders().getFirst("Content-Type"));
            if (json && status == 200) {
                take(new JsonObject(new String(body, StandardCharsets.UTF_8)));
            }
            exchange.sendResponseHeaders(json ? status : 415, -1);
            exchange.close();
        });
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
    }

    public List<Span> spans() {
        return List.copyOf(spans);
    }

    public void clear() {
        spans.clear();
    }

    private void take(JsonObject request) {
        for (Object resource : request.getJsonArray("resourceSpans")) {
            JsonObject of = (JsonObject) resource;
            Map<String, String> node = attributes(of.getJsonObject("resource").getJsonArray("attributes"));
            for (Object scope : of.getJsonArray("scopeSpans")) {
                for (Object span : ((JsonObject) scope).getJsonArray("spans")) {
                    spans.add(span(node.get("service.instance.id"), (JsonObject) span));
                }
            }
        }
    }

    private static Span span(String node, JsonObject json) {
        return new Span(
                node,
                json.getString("name"),
                json.getInteger("kind"),
                json.getString("traceId"),
                json.getString("spanId"),
                json.getString("parentSpanId", ""),
                Long.parseLong(json.getString("startTimeUnixNano")),
                Long.parseLong(json.getString("endTimeUnixNano")),
                attributes(json.getJsonArray("attributes")));
    }

    private static Map<String, String> attributes(JsonArray all) {
        Map<String, String> attributes = new LinkedHashMap<>();
        for (Object each : all) {
            JsonObject value = ((JsonObject) each).getJsonObject("value");
            attributes.put(
                    ((JsonObject) each).getString("key"), value.getString("stringValue", value.getString("intValue")));
        }
        return attributes;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
