package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Property.RECEIVE_MAXIMUM;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Members of a shared subscription that take messages and do not answer, or come and go all the time. */
@BlackBox
class SharedIT {
    private static final int MESSAGES = 60;

    private final Broker broker;
    private final Names names;

    SharedIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private static List<String> all() {
        return IntStream.range(0, MESSAGES).mapToObj(Integer::toString).toList();
    }

    private RawClient poisonous(Transport transport, long expiry) {
        return broker.connect(
                transport,
                V5,
                Packets.connect(V5, names.client("bad")).persistent(expiry).props(Props.of(RECEIVE_MAXIMUM, 5)));
    }

    @InEveryVersion
    @Hostile("B78")
    void whatAMemberTookAndDidNotAcknowledgeGoesToAnother(Transport transport, Version version) {
        try (RawClient good = broker.connect(transport, version, names.client("good"));
                RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            RawClient bad = poisonous(transport, 0);
            good.subscribe(names.shared("g", "t"), 1);
            bad.subscribe(names.shared("g", "t"), 1);
            for (String payload : all()) {
                publisher.publish(names.topic("t"), payload, 1);
            }
            for (int i = 0; i < 5; i++) {
                bad.expect(PUBLISH);
            }
            bad.abort();
            List<String> came = new ArrayList<>();
            for (int i = 0; i < MESSAGES; i++) {
                came.add(good.receive().text());
            }
            assertThat(came).containsExactlyInAnyOrderElementsOf(all());
            good.expectNothing();
        }
    }

    @OnEveryTransport
    @Hostile("B78")
    void whatAMemberTookAtQos2IsItsOwn(Transport transport) {
        try (RawClient good = broker.connect(transport, V5, names.client("good"));
                RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            RawClient bad = poisonous(transport, 60);
            good.subscribe(names.shared("g", "t"), 2);
            bad.subscribe(names.shared("g", "t"), 2);
            for (String payload : all()) {
                publisher.publish(names.topic("t"), payload, 2);
            }
            Set<String> taken = new HashSet<>();
            for (int i = 0; i < 5; i++) {
                taken.add(bad.expect(PUBLISH).text());
            }
            bad.abort();
            List<String> came = new ArrayList<>();
            for (int i = 0; i < MESSAGES - 5; i++) {
                came.add(good.receive().text());
            }
            good.expectNothing();
            assertThat(came).doesNotContainAnyElementsOf(taken);
            try (RawClient again = poisonous(transport, 60)) {
                for (int i = 0; i < 5; i++) {
                    Received repeated = again.receive();
                    assertThat(repeated.dup()).isTrue();
                    came.add(repeated.text());
                }
                again.expectNothing();
            }
            assertThat(came).containsExactlyInAnyOrderElementsOf(all());
        }
        broker.connect(transport, V5, names.client("bad")).disconnect();
    }

    @InEveryVersion
    @Hostile("B78")
    void membersThatComeAndGoLoseAndDoubleNothing(Transport transport, Version version) {
        List<String> came = new ArrayList<>();
        String share = names.shared("g", "t");
        try (Bystanders others = new Bystanders(broker, names);
                RawClient steady = broker.connect(transport, version, names.client("s"));
                RawClient fickle = broker.connect(transport, version, names.client("f"));
                RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            steady.subscribe(share, 1);
            int published = 0;
            for (int round = 0; round < 40; round++) {
                fickle.subscribe(share, 1);
                for (int i = 0; i < 5; i++) {
                    publisher.publish(names.topic("t"), Integer.toString(published++), 1);
                }
                int id = fickle.nextId();
                fickle.send(Packets.unsubscribe(version, id).filter(share));
                for (boolean gone = false; !gone; ) {
                    Received packet = fickle.nextPacket();
                    if (packet.type() == UNSUBACK) {
                        gone = true;
                    } else {
                        fickle.acknowledge(packet);
                        came.add(packet.text());
                    }
                }
            }
            assertThat(came).isNotEmpty();
            while (came.size() < published) {
                came.add(steady.receive().text());
            }
            steady.expectNothing();
            fickle.expectNothing();
            assertThat(new HashSet<>(came)).hasSize(published);
            others.noticeNothing();
        }
    }
}
