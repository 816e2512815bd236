package io.coppice.campaign;

import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3Client;
import com.hivemq.client.mqtt.mqtt3.lifecycle.Mqtt3ClientConnectedContext;
import com.hivemq.client.mqtt.mqtt3.message.connect.Mqtt3Connect;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A client that speaks MQTT 3.1.1: no reason codes, no expiry of sessions, no DISCONNECT from the broker. An answer to a
 * message means success, and a session that ends with its connection is a clean one.
 */
final class Mqtt3Wire implements Wire {
    private final Mqtt3AsyncClient client;

    Mqtt3Wire(String clientId, MqttClientTransportConfig way, Listener listener) {
        client = Mqtt3Client.builder()
                .identifier(clientId)
                .transportConfig(way)
                .addConnectedListener(context -> listener.connected(
                        ((Mqtt3ClientConnectedContext) context).getConnAck().isSessionPresent()))
                .addDisconnectedListener(listener::disconnected)
                .buildAsync();
        client.publishes(
                MqttGlobalPublishFilter.ALL,
                message -> listener.received(
                        message.getTopic().toString(),
                        message.getPayloadAsBytes(),
                        message.getQos().getCode(),
                        message::acknowledge),
                Runnable::run,
                true);
    }

    @Override
    public void connect(boolean keepsSession, @Nullable Will will) {
        var connect = Mqtt3Connect.builder().cleanSession(!keepsSession).keepAlive(4);
        if (will != null) {
            connect = connect.willPublish()
                    .topic(will.topic())
                    .qos(MqttQos.EXACTLY_ONCE)
                    .payload(will.payload())
                    .applyWillPublish();
        }
        var unused = client.connect(connect.build()).exceptionally(failure -> null);
    }

    @Override
    public CompletableFuture<?> subscribe(String filter, int qos) {
        return client.subscribeWith()
                .topicFilter(filter)
                .qos(MqttQos.fromCode(qos))
                .send();
    }

    @Override
    public CompletableFuture<String> publish(String topic, int qos, boolean retain, byte[] payload) {
        return client.publishWith()
                .topic(topic)
                .qos(MqttQos.fromCode(qos))
                .retain(retain)
                .payload(payload)
                .send()
                .handle((sent, failure) -> failure == null ? "0x0" : "lost");
    }

    /** A session that was to stay ends where its client connects with a clean one (MQTT 3.1.1, 3.1.2.4). */
    @Override
    public CompletableFuture<?> end() {
        return client.disconnect()
                .thenCompose(left ->
                        client.connect(Mqtt3Connect.builder().cleanSession(true).build()))
                .thenCompose(let -> client.disconnect());
    }
}
