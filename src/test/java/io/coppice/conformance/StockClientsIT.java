package io.coppice.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.Transport;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.Test;

/** Clients that others wrote need nothing but the standard: MQTT 3.1.1, 7. */
@BlackBox
class StockClientsIT {
    private static final long SECONDS = 10;

    private final Broker broker;
    private final Names names;

    StockClientsIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @OnEveryTransport
    @Proves(v311 = "MQTT-7.0.0-2")
    void pahoNeedsNoExtension(Transport transport) throws Exception {
        String url = transport == Transport.TCP
                ? "tcp://127.0.0.1:" + broker.tcpPort()
                : "ws://127.0.0.1:" + broker.wsPort() + "/mqtt";
        MqttConnectOptions options = new MqttConnectOptions();
        options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
        options.setCleanSession(false);
        options.setWill(names.topic("will"), "gone".getBytes(UTF_8), 1, true);
        BlockingQueue<String> came = new LinkedBlockingQueue<>();
        var client = new org.eclipse.paho.client.mqttv3.MqttClient(url, names.client("paho"), new MemoryPersistence());
        try {
            assertThat(client.connectWithResult(options).getSessionPresent()).isFalse();
            client.subscribe(names.topic("+"), 2, (topic, message) -> came.add(message.getQos() + " " + message));
            for (int qos = 0; qos <= 2; qos++) {
                MqttMessage message = new MqttMessage(("m" + qos).getBytes(UTF_8));
                message.setQos(qos);
                client.publish(names.topic("t"), message);
                assertThat(came.poll(SECONDS, TimeUnit.SECONDS)).isEqualTo(qos + " m" + qos);
            }
            client.unsubscribe(names.topic("+"));
            client.disconnect();
            assertThat(client.connectWithResult(options).getSessionPresent()).isTrue();
            client.disconnect();
        } finally {
            client.close();
        }
    }

    @OnEveryTransport
    @Proves(v311 = "MQTT-7.0.0-2")
    void hiveMqNeedsNoExtension(Transport transport) throws Exception {
        Mqtt3BlockingClient client = hive(transport);
        assertThat(client.connectWith().cleanSession(false).send().isSessionPresent())
                .isFalse();
        try (var came = client.publishes(MqttGlobalPublishFilter.ALL)) {
            client.subscribeWith()
                    .topicFilter(names.topic("+"))
                    .qos(MqttQos.EXACTLY_ONCE)
                    .send();
            for (MqttQos qos : MqttQos.values()) {
                client.publishWith()
                        .topic(names.topic("t"))
                        .qos(qos)
                        .payload(qos.name().getBytes(UTF_8))
                        .send();
                Mqtt3Publish message = came.receive(SECONDS, TimeUnit.SECONDS).orElseThrow();
                assertThat(message.getQos()).isEqualTo(qos);
                assertThat(message.getPayloadAsBytes()).asString().isEqualTo(qos.name());
            }
        }
        client.disconnect();
        assertThat(client.connectWith().cleanSession(false).send().isSessionPresent())
                .isTrue();
        client.disconnect();
    }

    private Mqtt3BlockingClient hive(Transport transport) {
        var builder = MqttClient.builder()
                .useMqttVersion3()
                .identifier(names.client("hive"))
                .serverHost("127.0.0.1");
        return transport == Transport.TCP
                ? builder.serverPort(broker.tcpPort()).buildBlocking()
                : builder.serverPort(broker.wsPort())
                        .webSocketConfig()
                        .serverPath("mqtt")
                        .applyWebSocketConfig()
                        .buildBlocking();
    }

    @Test
    @Proves(v311 = "MQTT-7.0.0-1")
    void theBrokerIsNobodysClient() {
        Set<String> clients = Set.of(
                "io.vertx.mqtt.MqttClient",
                "com.hivemq.client.mqtt.MqttClient",
                "io.vertx.core.net.NetClient",
                "io.vertx.core.http.HttpClient",
                "io.vertx.core.http.WebSocketClient",
                "io.netty.bootstrap.Bootstrap",
                "java.net.Socket",
                "java.net.http.HttpClient",
                "java.nio.channels.SocketChannel");
        ArchRuleDefinition.noClasses()
                .that()
                // the commands', in processes of their own; who asks others about a client, or tells a collector of
                // spans; and how members know each other
                .haveNameNotMatching(
                        "io\\.coppice\\.(admin\\.AdminPort|client\\..*|access\\.HttpCalls|observe\\.SpanExporter"
                                + "|cluster\\.Member(Door|Handshake)(\\$.*)?)")
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "open connections", (JavaClass type) -> clients.contains(type.getFullName())))
                .because("a bridge would have to keep the rules for clients, too")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("io.coppice"));
    }
}
