package io.coppice.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.http.HttpConnection;
import java.util.HashMap;
import java.util.Map;

/** Closes connections to an HTTP port that are too many: in all, or from one address that is not this machine. Any thread. */
final class ConnectionLimit {
    private static final int SHARE_OF_ONE = 4;

    private final int max;
    private final int maxOfOne;
    private final Counter refused;
    private final Map<String, Integer> byAddress = new HashMap<>();
    private int open;

    /** @param port its name in the metrics */
    ConnectionLimit(String port, int max, MeterRegistry registry) {
        this.max = max;
        this.maxOfOne = Math.max(1, max / SHARE_OF_ONE);
        this.refused = Counter.builder("mqtt.admin.connections.refused")
                .description("Connections closed at once because there were too many")
                .tag("port", port)
                .register(registry);
        Gauge.builder("mqtt.admin.connections", this::open)
                .description("Connections to the admin and monitoring ports")
                .tag("port", port)
                .register(registry);
    }

    void accept(HttpConnection connection) {
        boolean local = CallerAddress.isLoopback(connection.remoteAddress());
        String address = CallerAddress.key(connection.remoteAddress());
        if (!enter(address, local)) {
            refused.increment();
            connection.close();
            return;
        }
        connection.closeHandler(closed -> leave(address));
    }

    synchronized boolean enter(String address, boolean local) {
        int ofOne = byAddress.getOrDefault(address, 0);
        if (open >= max || !local && ofOne >= maxOfOne) {
            return false;
        }
        open++;
        byAddress.put(address, ofOne + 1);
        return true;
    }

    synchronized void leave(String address) {
        open--;
        byAddress.computeIfPresent(address, (known, count) -> count == 1 ? null : count - 1);
    }

    synchronized int open() {
        return open;
    }
}
