package io.coppice.config;

import java.util.Set;

/**
 * The keys whose values may change while a node serves. A limit that was announced to a client holds as long as its connection, and
 * what others have built on a value, such as the length of a queue between threads, stays as it was at the start.
 */
final class LiveKeys {
    private static final Set<String> NAMES = Set.of(
            // of connections that are made from then on
            "limits.packet-size-max",
            "limits.packet-size-before-connect-max",
            "limits.client-id-length-max",
            "limits.topic-length-max",
            "limits.topic-levels-max",
            "limits.user-properties-max",
            "limits.properties-bytes-max",
            "limits.keep-alive-max",
            "limits.session-expiry-max",
            "limits.in-flight-max",
            "limits.topic-alias-out-max",
            "limits.authentication-timeout",
            // of traces that begin from then on
            "trace.life-max",
            "trace.events-max",
            // at once
            "node.write-version",
            "trace.traces-max",
            "telemetry.sample",
            "limits.connections-max",
            "limits.connect-rate-max",
            "limits.connect-rate-per-address-max",
            "limits.publish-rate-max",
            "limits.drain-rate-max",
            "limits.sessions-max",
            "limits.subscriptions-per-client-max",
            "limits.queue-messages-max",
            "limits.queue-bytes-max",
            "limits.queue-overflow",
            "limits.retained-messages-max",
            "limits.retained-bytes-max",
            "mqtt.payload-format-check",
            "security.check-source",
            "security.ban.failures",
            "security.ban.address-failures",
            "security.ban.window",
            "security.ban.time",
            "security.flapping.connects",
            "security.flapping.window",
            "security.flapping.time",
            "log.format",
            "log.level",
            "log.levels");

    private LiveKeys() {}

    static boolean has(String name) {
        return NAMES.contains(name);
    }

    static Set<String> names() {
        return NAMES;
    }
}
