package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import javax.net.SocketFactory;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/** Eclipse Paho's synchronous client of MQTT 3.1.1. */
public final class Paho3 extends Peer implements MqttCallback {
    public final MqttClient client;

    private final SocketFactory sockets;

    public Paho3(String uri, String clientId) {
        this(uri, clientId, null);
    }

    /** @param sockets for TLS; null for a connection without */
    public Paho3(String uri, String clientId, SocketFactory sockets) {
        this.sockets = sockets;
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
        MqttConnectOptions options = new MqttConnectOptions();
        options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
        options.setCleanSession(clean);
        if (sockets != null) {
            options.setSocketFactory(sockets);
        }
        return client.connectWithResult(options).getSessionPresent();
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
    public void connectionLost(Throwable cause) {}

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {}
}
