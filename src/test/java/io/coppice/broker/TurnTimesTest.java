package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Qos;
import io.coppice.port.Counters;
import io.coppice.port.Times;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** In virtual time a turn takes none: what is measured is what a message had to wait for. */
class TurnTimesTest {
    private static final int MESSAGES = 1000;

    private final World world = new World(1, 2, new Settings());

    private long count(Times.Span span) {
        return IntStream.rangeClosed(0, Times.MICROS_MAX.size())
                .mapToLong(ofClass -> world.broker.counters().stream()
                        .mapToLong(counters -> counters.times().count(span, ofClass))
                        .sum())
                .sum();
    }

    private long micros(Times.Span span) {
        return world.broker.counters().stream()
                .mapToLong(counters -> counters.times().micros(span))
                .sum();
    }

    private long delivered(Qos qos) {
        return world.broker.counters().stream()
                .mapToLong((Counters counters) -> counters.deliveredCount(qos))
                .sum();
    }

    private SimClient reader(String name, int loop, Qos qos) {
        SimClient reader = world.client(name).persistent().connect(loop);
        world.pass(200);
        reader.subscribe("t", qos);
        world.pass(200);
        return reader;
    }

    @Test
    void deliveriesOnAllLoopsAreMeasuredOnceEach() {
        for (int i = 0; i < 3; i++) {
            reader("reader" + i, i % 2, Qos.AT_MOST_ONCE);
        }
        SimClient writer = world.client("writer").connect(0).await();
        for (int i = 0; i < MESSAGES; i++) {
            writer.publish("t", "m", Qos.AT_MOST_ONCE);
            world.pass(i % 2);
        }
        world.pass(100);
        assertThat(count(Times.Span.DELIVERY_FROM_CLIENT)).isEqualTo(3 * MESSAGES);
        assertThat(delivered(Qos.AT_MOST_ONCE)).isEqualTo(3 * MESSAGES);
        assertThat(micros(Times.Span.DELIVERY_FROM_CLIENT)).isZero();
    }

    @Test
    void anAnswerThatWaitsForTheStoreHasTakenAsLong() {
        SimClient reader = reader("reader", 1, Qos.EXACTLY_ONCE);
        reader.drop(); // so that everything is stored
        SimClient writer = world.client("writer").connect(0).await();
        world.store.delayMax = 40;
        for (int qos = 1; qos <= 2; qos++) {
            for (int i = 0; i < 20; i++) {
                writer.publish("t", "m", Qos.of(qos));
                world.pass(100);
            }
        }
        assertThat(count(Times.Span.ANSWER_QOS_1)).isEqualTo(20);
        assertThat(count(Times.Span.ANSWER_QOS_2)).isEqualTo(20);
        assertThat(micros(Times.Span.ANSWER_QOS_1)).isBetween(20_000L, 20 * 40_000L);
        assertThat(micros(Times.Span.ANSWER_QOS_2)).isBetween(20_000L, 20 * 40_000L);
    }

    @Test
    void whatWaitedInAQueueIsNoDelivery() {
        SimClient reader = reader("reader", 1, Qos.AT_LEAST_ONCE);
        reader.drop();
        SimClient writer = world.client("writer").connect(0).await();
        writer.publish("t", "m", Qos.AT_LEAST_ONCE);
        world.pass(5000);
        reader.connect(1);
        world.pass(100);
        assertThat(reader.payloads()).containsExactly("m");
        assertThat(delivered(Qos.AT_LEAST_ONCE)).isOne();
        assertThat(count(Times.Span.DELIVERY_FROM_CLIENT)).isZero();
    }

    @Test
    void moreThanATurnHasRoomForIsMeasuredAllTheSame() {
        for (int i = 0; i < 300; i++) {
            reader("reader" + i, 0, Qos.AT_LEAST_ONCE);
        }
        SimClient writer = world.client("writer").connect(0).await();
        writer.publish("t", "m", Qos.AT_LEAST_ONCE);
        world.pass(100);
        assertThat(count(Times.Span.DELIVERY_FROM_CLIENT)).isEqualTo(300);
    }
}
