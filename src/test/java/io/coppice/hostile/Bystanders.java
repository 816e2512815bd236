package io.coppice.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Clients that do nothing wrong while another one does: each message that was acknowledged reaches both subscribers,
 * once and in order, and nothing else does. Three connections, so that usually every loop of the broker has one.
 */
final class Bystanders implements AutoCloseable {
    /** What somebody does who is no bystander. */
    interface Attack {
        void run() throws Exception;
    }

    /** Longer than an answer takes on a machine that does much else. */
    static final Duration SOON = Duration.ofSeconds(3);

    private final String topic;
    private final RawClient publisher;
    private final List<RawClient> subscribers = new ArrayList<>();
    private final List<String> sent = new ArrayList<>();
    private int round;
    private long slowest;

    Bystanders(Broker broker, Names names) {
        topic = names.topic("bystanders");
        publisher = broker.connect(Transport.TCP, Version.V311, names.client("bp"));
        for (Version version : List.of(Version.V5, Version.V311)) {
            RawClient subscriber = broker.connect(Transport.TCP, version, names.client("bs" + version.level()));
            subscribers.add(subscriber);
            subscriber.subscribe(topic, 1);
        }
    }

    /** The topic to which they listen. */
    String topic() {
        return topic;
    }

    /** Another client publishes to them, and is told that they will have it. */
    void hear(RawClient other, String payload) {
        other.publish(topic, payload, 1);
        sent.add(payload);
    }

    /** Whatever was acknowledged arrives, in order, and nothing else, and what they do themselves goes on as ever. */
    void noticeNothing() {
        String payload = "round " + ++round;
        timed(() -> publisher.publish(topic, payload, 1));
        sent.add(payload);
        for (RawClient subscriber : subscribers) {
            for (String expected : sent) {
                timed(() -> {
                    Received message = subscriber.receive();
                    assertThat(message.topic()).isEqualTo(topic);
                    assertThat(message.text()).isEqualTo(expected);
                });
            }
            timed(subscriber::expectNothing);
        }
        timed(publisher::expectNothing);
        sent.clear();
    }

    private void timed(Runnable step) {
        long start = System.nanoTime();
        step.run();
        slowest = Math.max(slowest, System.nanoTime() - start);
    }

    /** As {@link #noticeNothing}, again and again while an attack runs; how long the slowest answer took. */
    Duration during(Attack attack) throws Exception {
        noticeNothing();
        slowest = 0;
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Void> rounds = CompletableFuture.runAsync(
                () -> {
                    do {
                        noticeNothing();
                    } while (!over.get());
                },
                run -> new Thread(run, "bystanders").start());
        try {
            attack.run();
        } finally {
            over.set(true);
        }
        rounds.get();
        return Duration.ofNanos(slowest);
    }

    @Override
    public void close() {
        publisher.send(Packets.disconnect());
        publisher.close();
        for (RawClient subscriber : subscribers) {
            subscriber.send(Packets.disconnect());
            subscriber.close();
        }
    }
}
