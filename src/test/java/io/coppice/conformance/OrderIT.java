package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.PUBREL;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Message order: section 4.6 of both standards. */
@BlackBox
class OrderIT {
    private static final int ROUNDS = 12;
    private static final int PART = 10;
    private static final List<String> TOPICS = List.of("a", "b/c");

    private final Broker broker;
    private final Names names;

    /** The next number to publish, by topic and QoS. */
    private final Map<String, Integer> published = new HashMap<>();

    /** The last number that came for the first time, by topic and QoS. */
    private final Map<String, Integer> last = new HashMap<>();

    OrderIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    static Stream<Arguments> seeds() {
        return Cases.everywhere(List.of(1, 2));
    }

    /**
     * One publisher numbers its messages, for each topic and QoS from 0, and changes its connection now and then. The
     * subscriber is there, fails, stays away, comes back and takes over its own connection; it acknowledges some. Each
     * connection may be on another event loop. Whatever comes for the first time has the next number.
     */
    @ParameterizedTest(name = "seed {2} over {0} in {1}")
    @MethodSource("seeds")
    @Proves(
            v5 = {"MQTT-4.6.0-5", "MQTT-4.6.0-6"},
            v311 = {"MQTT-4.6.0-5", "MQTT-4.6.0-6"})
    @NotInMosquitto("it loses the order when more than 20 messages are out")
    void messagesOfOnePublisherTopicAndQosComeInOrder(Transport transport, Version version, int seed) {
        Random random = new Random(seed);
        Connect persistent = Packets.connect(version, names.client("s")).persistent(60);
        RawClient publisher = broker.connect(transport, version, names.client("p"));
        RawClient subscriber = broker.connect(transport, version, persistent);
        try {
            subscriber.subscribe(names.topic("#"), 2);
            for (int round = 0; round < ROUNDS; round++) {
                if (random.nextInt(3) == 0) {
                    publisher.disconnect();
                    publisher = broker.connect(transport, version, names.client("p"));
                }
                switch (random.nextInt(3)) {
                    case 0 -> {
                        publish(publisher);
                        receiveSome(subscriber, random);
                        publish(publisher);
                    }
                    case 1 -> {
                        publish(publisher);
                        subscriber.abort();
                        publish(publisher);
                        subscriber = broker.connect(transport, version, persistent);
                    }
                    default -> {
                        RawClient next = broker.open(transport, version);
                        publish(publisher);
                        next.send(persistent);
                        publish(publisher);
                        assertThat(next.expect(CONNACK).sessionPresent()).isTrue();
                        subscriber.close();
                        subscriber = next;
                    }
                }
                finish(publisher);
                receiveSome(subscriber, random);
            }
            while (outstanding() > 0) {
                check(subscriber.await(PUBLISH), subscriber::acknowledge);
            }
        } finally {
            publisher.close();
            subscriber.close();
        }
    }

    // Publishing

    /** Sends a part of each sequence, and waits for no answer. */
    private void publish(RawClient publisher) {
        List<Sendable> part = new ArrayList<>();
        for (int i = 0; i < PART; i++) {
            for (int qos = 0; qos <= 2; qos++) {
                for (String topic : TOPICS) {
                    int number = published.merge(topic + qos, 1, Integer::sum);
                    part.add(Packets.publish(publisher.version(), names.topic(topic))
                            .payload(qos + " " + number)
                            .qos(qos)
                            .id(publisher.nextId()));
                }
            }
        }
        publisher.sendTogether(part.toArray(Sendable[]::new));
    }

    /** Completes the handshakes of the two parts of this round. */
    private static void finish(RawClient publisher) {
        int each = 2 * PART * TOPICS.size();
        for (int i = 0; i < each; i++) {
            publisher.await(PUBACK);
            publisher.send(Packets.pubrel(publisher.await(PUBREC).packetId()));
        }
        for (int i = 0; i < each; i++) {
            publisher.await(PUBCOMP);
        }
    }

    // Receiving

    private int outstanding() {
        return TOPICS.stream()
                .flatMap(topic -> Stream.of(topic + 1, topic + 2))
                .mapToInt(key -> published.get(key) - last.getOrDefault(key, 0))
                .sum();
    }

    /** Takes less than what has to come, and answers most of it. */
    private void receiveSome(RawClient subscriber, Random random) {
        int all = outstanding();
        while (outstanding() > all / 2) {
            check(subscriber.await(PUBLISH), message -> {
                switch (random.nextInt(10)) {
                    case 0 -> {} // no answer
                    case 1 -> {
                        if (message.qos() == 2) { // half of the handshake
                            subscriber.send(Packets.pubrec(message.packetId()));
                            subscriber.await(PUBREL);
                        }
                    }
                    default -> subscriber.acknowledge(message);
                }
            });
        }
    }

    private void check(Received message, Consumer<Received> answer) {
        String[] words = message.text().split(" ");
        assertThat(message.qos()).isEqualTo(Integer.parseInt(words[0]));
        int number = Integer.parseInt(words[1]);
        String key = message.topic().substring(names.topic("").length()) + message.qos();
        int before = last.getOrDefault(key, 0);
        if (message.qos() == 0) {
            assertThat(number).as("%s after %d", message, before).isGreaterThan(before);
        } else if (!message.dup() || number > before) {
            assertThat(number).as("%s after %d", message, before).isEqualTo(before + 1);
        }
        last.merge(key, number, Math::max);
        answer.accept(message);
    }
}
