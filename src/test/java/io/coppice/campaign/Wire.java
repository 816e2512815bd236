package io.coppice.campaign;

import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.lifecycle.MqttClientDisconnectedContext;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What a client of HiveMQ's library does alike in each version of MQTT, and says of it. */
interface Wire {
    /** A will at QoS 2. */
    record Will(String topic, byte[] payload) {}

    /** Who is told what happens. */
    interface Listener {
        /** @param present whether the broker has a session */
        void connected(boolean present);

        void disconnected(MqttClientDisconnectedContext context);

        /** @param acknowledge has to be run for a message to count as taken */
        void received(String topic, byte[] payload, int qos, Runnable acknowledge);
    }

    /** Begins to connect; the listener hears what becomes of it. */
    void connect(boolean keepsSession, @Nullable Will will);

    CompletableFuture<?> subscribe(String filter, int qos);

    /** Completes with the reason code of the answer, {@code 0x0} where the version knows none, and {@code lost} for no answer. */
    CompletableFuture<String> publish(String topic, int qos, boolean retain, byte[] payload);

    /** Takes its leave with its session. */
    CompletableFuture<?> end();

    /** @param version 4 for MQTT 3.1.1, 5 for MQTT 5 */
    static Wire of(int version, String clientId, MqttClientTransportConfig way, Listener listener) {
        return version == 4 ? new Mqtt3Wire(clientId, way, listener) : new Mqtt5Wire(clientId, way, listener);
    }

    static String hex(int code) {
        return "0x" + Integer.toHexString(code);
    }
}
