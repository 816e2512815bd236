package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.MqttWebSocketConfig;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import javax.net.ssl.TrustManagerFactory;

/** A HiveMQ client of MQTT 5. */
public final class Hive5 extends Peer {
    public final Mqtt5AsyncClient client;

    public Hive5(String clientId, int port, boolean webSocket) {
        this(clientId, port, webSocket, null);
    }

    /** @param trust whom it believes that it has reached the broker; null for a connection without TLS */
    public Hive5(String clientId, int port, boolean webSocket, TrustManagerFactory trust) {
        Mqtt5ClientBuilder builder = Mqtt5Client.builder()
                .identifier(clientId)
                .serverHost("127.0.0.1")
                .serverPort(port);
        if (webSocket) {
            builder = builder.webSocketConfig(
                    MqttWebSocketConfig.builder().serverPath("mqtt").build());
        }
        if (trust != null) {
            builder = builder.sslConfig(
                    MqttClientSslConfig.builder().trustManagerFactory(trust).build());
        }
        client = builder.buildAsync();
        client.publishes(
                MqttGlobalPublishFilter.ALL,
                message -> got(new Received(
                        message.getTopic().toString(),
                        new String(message.getPayloadAsBytes(), UTF_8),
                        message.getQos().getCode(),
                        message.isRetain())));
    }

    @Override
    public boolean connect(boolean clean) throws Exception {
        return await(client.connectWith()
                        .cleanStart(clean)
                        .sessionExpiryInterval(clean ? 0 : 3600)
                        .send())
                .isSessionPresent();
    }

    @Override
    public void subscribe(String filter, int qos) throws Exception {
        await(client.subscribeWith()
                .topicFilter(filter)
                .qos(MqttQos.fromCode(qos))
                .send());
    }

    @Override
    public void unsubscribe(String filter) throws Exception {
        await(client.unsubscribeWith().topicFilter(filter).send());
    }

    @Override
    public void publish(String topic, String payload, int qos, boolean retain) throws Exception {
        await(client.publishWith()
                .topic(topic)
                .payload(payload.getBytes(UTF_8))
                .qos(MqttQos.fromCode(qos))
                .retain(retain)
                .send());
    }

    @Override
    public void disconnect() throws Exception {
        await(client.disconnect());
    }

    @Override
    public boolean isConnected() {
        return client.getState().isConnected();
    }
}
