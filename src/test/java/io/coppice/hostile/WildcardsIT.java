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
import java.util.Random;

/** Filters that are made to cost. */
@BlackBox
class WildcardsIT {
    /** Of a topic and of a filter, as many as the broker allows unless configured. */
    private static final int LEVELS = 128;

    private static final int FILTERS = 10_240;
    private static final int FILTERS_IN_A_PACKET = 256;
    private static final int PUBLISHES = 50;
    /** A thousand times what one takes, so that a busy machine passes; trying all ways through 128 levels would not end. */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final Broker broker;
    private final Names names;

    WildcardsIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    /** At each level '+' or a name: at the first ones as the bits of a number say, so that no two are the same, then at random. */
    private static String filter(String root, int number) {
        StringBuilder filter = new StringBuilder(root);
        Random random = new Random(number);
        for (int level = levels(root); level < LEVELS - 1; level++) {
            int bit = level - levels(root);
            boolean plus = bit < Integer.SIZE ? (number >> bit & 1) == 1 : random.nextBoolean();
            filter.append(plus ? "/+" : "/a");
        }
        return filter.append("/#").toString();
    }

    private static int levels(String path) {
        return path.split("/").length;
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
                for (int number = first; number < first + FILTERS_IN_A_PACKET; number++) {
                    some.filter(filter(root, number), 1);
                }
                client.send(some);
                client.expect(SUBACK);
            }
            others.noticeNothing();

            String deep = root + "/a".repeat(LEVELS - 1 - levels(root));
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
