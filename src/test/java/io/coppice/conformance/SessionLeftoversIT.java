package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is left of sessions that are over, by what the broker counts of itself: nothing (MQTT 5, 4.1). */
@BlackBox
@BrokerSettings(alone = true)
class SessionLeftoversIT {
    private static final int SESSIONS = 500;
    private static final int MESSAGES = 4;

    private static final String CLIENTS = "$SYS/broker/clients/total";
    private static final String SUBSCRIPTIONS = "$SYS/broker/subscriptions/count";
    private static final String STORED = "$SYS/broker/store/messages/count";
    private static final String RETAINED = "$SYS/broker/retained messages/count";

    private final Broker broker;
    private final Names names;

    SessionLeftoversIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @Test
    @Proves(v5 = "MQTT-4.1.0-2")
    @NotInMosquitto("it counts otherwise, and looks once a minute")
    void nothingIsLeftOfSessionsThatAreOver() {
        Map<String, Long> numbers = new TreeMap<>();
        try (RawClient watcher = broker.connect(Transport.TCP, V5, names.client("w"))) {
            watcher.within(Duration.ofSeconds(20));
            for (String topic : List.of(CLIENTS, SUBSCRIPTIONS, STORED, RETAINED)) {
                watcher.subscribe(topic, 0);
            }
            List<RawClient> clients = IntStream.range(0, SESSIONS)
                    .mapToObj(i -> broker.connect(
                            Transport.TCP,
                            V5,
                            Packets.connect(V5, names.client("c" + i + "x")).persistent(1 + i % 2)))
                    .toList();
            clients.forEach(client -> client.subscribe(names.topic("t"), 1));
            for (int i = 0; i < MESSAGES; i++) {
                watcher.publish(names.topic("t"), "m" + i, 1);
            }
            await(watcher, numbers, now -> now.get(CLIENTS) == 1 + SESSIONS && kept(now) == SESSIONS * MESSAGES);
            assertThat(numbers).containsEntry(SUBSCRIPTIONS, 4L + SESSIONS);

            clients.forEach(RawClient::abort);
            await(watcher, numbers, now -> now.get(CLIENTS) == 1);
            await(watcher, numbers, now -> now.get(SUBSCRIPTIONS) == 4 && kept(now) == 0);
        }
    }

    /** Messages that wait for clients or for their acknowledgement. */
    private static long kept(Map<String, Long> numbers) {
        return numbers.get(STORED) - numbers.get(RETAINED);
    }

    /** Reads what the broker says of itself until it is as wanted; a topic is published again only when its value has changed. */
    private static void await(RawClient watcher, Map<String, Long> numbers, Predicate<Map<String, Long>> wanted) {
        while (numbers.size() < 4 || !wanted.test(numbers)) {
            Received message = watcher.expect(PUBLISH);
            numbers.put(message.topic(), Long.valueOf(message.text()));
        }
    }
}
