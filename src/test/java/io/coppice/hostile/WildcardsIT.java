package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.SUBACK;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Subscribe;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;

/** Filters that are made to cost. */
@BlackBox
class WildcardsIT {
    /** With a '+' or a name at each of so many levels. */
    private static final int MIXED_LEVELS = 13;

    private static final int FILTERS = 1 << MIXED_LEVELS;
    private static final int FILTERS_IN_A_PACKET = 1024;
    private static final int PUBLISHES = 50;
    /** A hundred times what one takes, and far from what trying all ways through 128 levels would. */
    private static final Duration LONGEST = Duration.ofMillis(500);

    private final Broker broker;
    private final Names names;

    WildcardsIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private static String filter(String root, int mix) {
        StringBuilder filter = new StringBuilder(root);
        for (int level = 0; level < MIXED_LEVELS; level++) {
            filter.append((mix >> level & 1) == 0 ? "/a" : "/+");
        }
        return filter.append("/#").toString();
    }

    @InEveryVersion
    @Hostile("B18")
    void wildcardsAtEveryLevelCostAMatchNoMoreThanThereAreOfThem(Transport transport, Version version) {
        String root = names.topic("mix");
        try (Bystanders others = new Bystanders(broker, names);
                RawClient client = broker.connect(transport, version, names.client("c"));
                RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            for (int first = 0; first < FILTERS; first += FILTERS_IN_A_PACKET) {
                Subscribe some = Packets.subscribe(version, 1 + first);
                for (int mix = first; mix < first + FILTERS_IN_A_PACKET; mix++) {
                    some.filter(filter(root, mix), 1);
                }
                client.send(some);
                client.expect(SUBACK);
            }
            others.noticeNothing();

            String deep = root + "/a".repeat(128 - 1 - root.split("/").length);
            for (int i = 0; i < PUBLISHES; i++) {
                long start = System.nanoTime();
                publisher.publish(deep + "/" + i, "one", 1);
                Received message = client.receive();
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONGEST);
                assertThat(message.topic()).isEqualTo(deep + "/" + i);
            }
            client.expectNothingFrom(publisher);
            others.noticeNothing();
        }
    }
}
