package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Order for each publisher and topic, on every loop, whatever else goes on. */
@Timeout(60)
class OrderIT {
    private static final int PUBLISHERS = 4;
    private static final int SUBSCRIBERS = 4;
    private static final int MESSAGES = 5000;
    private static final int TOPICS = 3;
    private static final int AHEAD = 200;

    @RegisterExtension
    static final RunningNode NODE =
            RunningNode.with("limits.queue-messages-max=1000000", "limits.queue-bytes-max=1GiB");

    private static Mqtt5AsyncClient connected(String clientId) throws Exception {
        Mqtt5AsyncClient client = Mqtt5Client.builder()
                .identifier(clientId)
                .serverHost("127.0.0.1")
                .serverPort(NODE.mqtt())
                .buildAsync();
        Peer.await(client.connect());
        NODE.own(() -> Peer.await(client.disconnect()));
        return client;
    }

    /** Counts what it gets of each publisher and topic, and notes the first message that is not the next one. */
    private static final class Reader {
        final CountDownLatch left = new CountDownLatch(PUBLISHERS * MESSAGES);
        final AtomicReference<String> fault = new AtomicReference<>();
        private final Map<String, Integer> last = new HashMap<>();

        synchronized void got(Mqtt5Publish publish) {
            String topic = publish.getTopic().toString();
            int number = Integer.parseInt(new String(publish.getPayloadAsBytes(), UTF_8));
            int expected = last.merge(topic, TOPICS, Integer::sum) - TOPICS;
            int first = topic.charAt(topic.length() - 1) - '0';
            if (number != first + expected) {
                fault.compareAndSet(null, topic + " brought " + number + " instead of " + (first + expected));
            }
            left.countDown();
        }
    }

    private static void publish(Mqtt5AsyncClient client, int publisher, MqttQos qos) {
        Semaphore ahead = new Semaphore(AHEAD);
        for (int i = 0; i < MESSAGES; i++) {
            ahead.acquireUninterruptibly();
            client.publishWith()
                    .topic("order/" + publisher + "/" + i % TOPICS)
                    .qos(qos)
                    .payload(("" + i).getBytes(UTF_8))
                    .send()
                    .whenComplete((result, fault) -> ahead.release());
        }
        ahead.acquireUninterruptibly(AHEAD);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void isKeptAndNothingIsLostOrDoubled(int code) throws Exception {
        MqttQos qos = MqttQos.fromCode(code);
        List<Reader> readers = new ArrayList<>();
        for (int i = 0; i < SUBSCRIBERS; i++) {
            Reader reader = new Reader();
            readers.add(reader);
            Mqtt5AsyncClient client = connected("subscriber-" + i);
            client.publishes(MqttGlobalPublishFilter.ALL, reader::got);
            Peer.await(client.subscribeWith().topicFilter("order/#").qos(qos).send());
        }
        List<CompletableFuture<Void>> publishers = new ArrayList<>();
        for (int i = 0; i < PUBLISHERS; i++) {
            int publisher = i;
            Mqtt5AsyncClient client = connected("publisher-" + i);
            publishers.add(CompletableFuture.runAsync(
                    () -> publish(client, publisher, qos), task -> new Thread(task).start()));
        }
        for (CompletableFuture<Void> publisher : publishers) {
            publisher.get(50, TimeUnit.SECONDS);
        }
        for (Reader reader : readers) {
            assertThat(reader.left.await(20, TimeUnit.SECONDS))
                    .as("everything came")
                    .isTrue();
            assertThat(reader.fault.get()).isNull();
        }
        assertThat(NODE.metric("mqtt_messages_dropped_total")).isZero();
        assertThat(NODE.metric("mqtt_messages_sent_total{qos=\"" + code + "\"}"))
                .isEqualTo(SUBSCRIBERS * PUBLISHERS * MESSAGES);
        for (Reader reader : readers) {
            assertThat(reader.last.values().stream().mapToInt(Integer::intValue).sum() / TOPICS)
                    .as("no message twice")
                    .isEqualTo(PUBLISHERS * MESSAGES);
        }
    }
}
