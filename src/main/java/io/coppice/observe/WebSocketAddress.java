package io.coppice.observe;

import io.vertx.core.json.JsonObject;

/**
 * Where a page in a browser finds MQTT, on the host that the page came from.
 *
 * @param port 1 to 65,535
 * @param path such as {@code /mqtt}
 * @param tls whether it is {@code wss}
 */
public record WebSocketAddress(int port, String path, boolean tls) {
    JsonObject toJson() {
        return new JsonObject()
                .put("scheme", tls ? "wss" : "ws")
                .put("port", port)
                .put("path", path);
    }
}
