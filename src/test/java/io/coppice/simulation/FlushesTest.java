package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A message to very many, and what others notice of it. */
class FlushesTest {
    private static final int MANY = 1_000;

    private final World world = new World(3, 1, new Settings());
    /** Who was let out a message, in order. */
    private final List<String> order = new ArrayList<>();

    private SimClient reader(String clientId, String filter) {
        SimClient client = world.client(clientId).connect(0);
        client.onFlush = packet -> {
            if (packet instanceof Packet.Publish) {
                order.add(clientId);
            }
        };
        client.subscribe(filter, Qos.AT_LEAST_ONCE);
        return client;
    }

    @Test
    void nobodyWaitsForAllOfThoseWhoGetTheMessageOfSomebodyElse() {
        List<SimClient> many = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            many.add(reader("reader" + i, "to/all"));
        }
        SimClient one = reader("one", "to/one");
        SimClient toAll = world.client("to-all").connect(0);
        SimClient toOne = world.client("to-one").connect(0);
        world.pass(100);

        for (int i = 0; i < 3; i++) {
            toAll.publish("to/all", "m" + i, Qos.AT_LEAST_ONCE);
        }
        toOne.publish("to/one", "soon", Qos.AT_LEAST_ONCE);
        world.pass(100);

        assertThat(order.indexOf("one")).isLessThan(order.size() / 2);
        assertThat(one.payloads()).containsExactly("soon");
        assertThat(many).allSatisfy(each -> assertThat(each.payloads()).containsExactly("m0", "m1", "m2"));
    }
}
