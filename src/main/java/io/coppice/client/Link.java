package io.coppice.client;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientBuilder;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.MqttWebSocketConfig;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.lifecycle.MqttClientDisconnectedListener;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One client's connection, in one version of the protocol. What fails does so with what {@link Fault#of} understands. */
interface Link {
    int CONNECT_SECONDS_MAX = 10;

    /** Messages go there from the next connection on, one after the other; each is acknowledged by who takes it. */
    void deliver(Consumer<Arrived> to, Executor executor);

    CompletableFuture<Void> connect();

    /** Completes with those that the broker refused, in words. */
    CompletableFuture<List<String>> subscribe(List<String> filters, Wanted wanted);

    /** Completes when the broker has acknowledged it; at QoS 0 when it was written. */
    CompletableFuture<Void> publish(Outgoing message);

    /** Says goodbye: the broker keeps the will to itself. */
    CompletableFuture<Void> disconnect();

    /**
     * A link that is not connected.
     *
     * @throws IllegalArgumentException if the login says what MQTT does not allow
     */
    static Link to(Login login, MqttClientDisconnectedListener listener) {
        MqttClientBuilder builder = MqttClient.builder()
                .identifier(login.clientId())
                .transportConfig(transport(login))
                .addDisconnectedListener(listener);
        return login.version() == Login.VERSION_5
                ? new Link5(login, builder.useMqttVersion5().buildAsync())
                : new Link3(login, builder.useMqttVersion3().buildAsync());
    }

    /** @throws IllegalArgumentException if there is none with this number */
    static MqttQos qos(int qos) {
        MqttQos known = MqttQos.fromCode(qos);
        if (known == null) {
            throw new IllegalArgumentException("QoS " + qos + " is not allowed; allowed: 0, 1 or 2");
        }
        return known;
    }

    private static MqttClientTransportConfig transport(Login login) {
        Address address = login.address();
        var transport = MqttClientTransportConfig.builder()
                .serverHost(address.host())
                .serverPort(address.port())
                .socketConnectTimeout(CONNECT_SECONDS_MAX, TimeUnit.SECONDS)
                .mqttConnectTimeout(CONNECT_SECONDS_MAX, TimeUnit.SECONDS);
        if (address.tls()) {
            var tls = MqttClientSslConfig.builder()
                    .trustManagerFactory(login.trust())
                    .keyManagerFactory(login.keys());
            if (!login.nameChecked()) {
                tls = tls.hostnameVerifier((host, session) -> true);
            }
            transport = transport.sslConfig(tls.build());
        }
        if (address.webSocket()) {
            transport = transport.webSocketConfig(MqttWebSocketConfig.builder()
                    .serverPath(address.path().substring(1))
                    .build());
        }
        return transport.build();
    }
}
