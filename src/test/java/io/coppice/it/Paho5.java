package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;

/** Eclipse Paho's synchronous client of MQTT 5. */
public final class Paho5 extends Peer implements MqttCallback {
    public final MqttClient client;
    private volatile CompletableFuture<Integer> ended = new CompletableFuture<>();

    public Paho5(String uri, String clientId) {
        try {
            client = new MqttClient(uri, clientId, new MemoryPersistence());
        } catch (MqttException e) {
            throw new IllegalArgumentException(uri, e);
        }
        client.setCallback(this);
        client.setTimeToWait(PATIENCE_SECONDS * 1000);
    }

    @Override
    public boolean connect(boolean clean) throws Exception {
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setCleanStart(clean);
        options.setSessionExpiryInterval(clean ? 0L : 3600L);
        options.setUseSubscriptionIdentifiers(false);
        return connect(options);
    }

    public boolean connect(MqttConnectionOptions options) throws Exception {
        ended = new CompletableFuture<>();
        return client.connectWithResult(options).getSessionPresent();
    }

    /** The reason code with which the broker ended the connection; waits for that. */
    public int endedBecauseOf() throws Exception {
        return ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void subscribe(String filter, int qos) throws Exception {
        client.subscribe(filter, qos);
    }

    @Override
    public void unsubscribe(String filter) throws Exception {
        client.unsubscribe(filter);
    }

    @Override
    public void publish(String topic, String payload, int qos, boolean retain) throws Exception {
        client.publish(topic, payload.getBytes(UTF_8), qos, retain);
    }

    @Override
    public void disconnect() throws Exception {
        client.disconnect();
    }

    @Override
    public boolean isConnected() {
        return client.isConnected();
    }

    @Override
    public void close() throws Exception {
        super.close();
        client.close();
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
        got(new Received(topic, new String(message.getPayload(), UTF_8), message.getQos(), message.isRetained()));
    }

    @Override
    public void disconnected(MqttDisconnectResponse response) {
        ended.complete(response.getReturnCode());
    }

    @Override
    public void mqttErrorOccurred(MqttException exception) {}

    @Override
    public void deliveryComplete(IMqttToken token) {}

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {}

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {}
}
