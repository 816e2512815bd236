package io.coppice.campaign;

import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubRecException;
import com.hivemq.client.mqtt.mqtt5.lifecycle.Mqtt5ClientConnectedContext;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5RetainHandling;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A client that speaks MQTT 5. */
final class Mqtt5Wire implements Wire {
    private final Mqtt5AsyncClient client;

    Mqtt5Wire(String clientId, MqttClientTransportConfig way, Listener listener) {
        client = Mqtt5Client.builder()
                .identifier(clientId)
                .transportConfig(way)
                .addConnectedListener(context -> listener.connected(
                        ((Mqtt5ClientConnectedContext) context).getConnAck().isSessionPresent()))
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
        var connect = Mqtt5Connect.builder()
                .cleanStart(false)
                .sessionExpiryInterval(keepsSession ? 3600 : 0)
                .keepAlive(4);
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
                .retainHandling(Mqtt5RetainHandling.DO_NOT_SEND)
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
                .handle(Mqtt5Wire::code);
    }

    private static String code(@Nullable Mqtt5PublishResult result, @Nullable Throwable failure) {
        Throwable error =
                failure != null || result == null ? failure : result.getError().orElse(null);
        if (error instanceof Mqtt5PubAckException refused) {
            return Wire.hex(refused.getMqttMessage().getReasonCode().getCode());
        }
        if (error instanceof Mqtt5PubRecException refused) {
            return Wire.hex(refused.getMqttMessage().getReasonCode().getCode());
        }
        return error == null ? "0x0" : "lost";
    }

    @Override
    public CompletableFuture<?> end() {
        return client.disconnectWith().sessionExpiryInterval(0).send();
    }
}
