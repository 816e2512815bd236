package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.CONNECT;
import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.Property.MESSAGE_EXPIRY_INTERVAL;
import static io.coppice.blackbox.Property.TOPIC_ALIAS;
import static io.coppice.blackbox.Property.TOPIC_ALIAS_MAXIMUM;
import static io.coppice.blackbox.Transport.TCP;
import static io.coppice.blackbox.Transport.WS;
import static io.coppice.blackbox.Version.V5;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Link;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Publish;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Subscribe;
import io.coppice.blackbox.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Much of what is wrong, against a broker with little memory: it stays up, and others are served meanwhile. */
@BlackBox
@BrokerSettings(
        value = {"limits.connect-timeout=3s", "limits.subscriptions-per-client-max=1000"},
        heapMegabytes = 96)
@Execution(ExecutionMode.SAME_THREAD)
class FloodsIT {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final long MEGABYTE = 1 << 20;

    private final Broker broker;
    private final Names names;
    private final Trial trial;
    private final List<Link> links = new ArrayList<>();

    FloodsIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
        this.trial = new Trial(broker, names);
    }

    @AfterEach
    void nothingIsBroken() {
        links.forEach(Link::close);
        assertThat(broker.process().errors()).isEmpty();
    }

    private Link hold(Link link) {
        links.add(link);
        return link;
    }

    /** Whether the server ends a connection before that time has passed. */
    private static void assertClosed(Link link, Duration within) throws IOException {
        long deadline = System.nanoTime() + within.toNanos();
        int next;
        do {
            next = link.read(deadline);
        } while (next >= 0);
    }

    @OnEveryTransport
    @Hostile("B03")
    void strangersWhoAnnounceMuchCostNothing(Transport transport) throws Exception {
        byte[] much = Packets.raw("10 FF FF FF 7F 00 04 4D 51 54 54 05 02 00 00 00 00");
        try (Bystanders others = new Bystanders(broker, names)) {
            long before = broker.process().heap();
            Duration slowest = others.during(() -> {
                for (int i = 0; i < 1000; i++) {
                    Link stranger = hold(broker.link(transport));
                    stranger.write(much);
                    assertClosed(stranger, Bystanders.SOON.minusSeconds(1)); // not at the time limit, but at its header
                }
            });
            assertThat(broker.process().heap() - before).isLessThan(1000 * 4096);
            assertThat(slowest).isLessThan(Bystanders.SOON);
        }
    }

    @OnEveryTransport
    @Hostile("B03")
    void whoAnnouncesWhatIsAllowedCostsWhatHasCome(Transport transport) throws Exception {
        byte[] begun = Packets.packet(CONNECT, 0, "00 04 4D 51 54 54 05 02 00 00 00 00")
                .claiming(16_000)
                .bytes();
        byte[] publish = Packets.publish(V5, names.topic("t"))
                .packet()
                .claiming(1_000_000)
                .bytes();
        try (Bystanders others = new Bystanders(broker, names)) {
            long before = broker.process().heap();
            for (int i = 0; i < 500; i++) {
                hold(broker.link(transport)).write(begun);
                Link client = hold(broker.link(transport));
                client.write(Packets.connect(V5, names.client("c") + "n" + i).bytes());
                client.write(publish);
            }
            others.noticeNothing();
            // Also what a client that was let in costs anyway.
            assertThat(broker.process().heap() - before).isLessThan(1000 * 6 * 1024);
        }
    }

    @OnEveryTransport
    @Hostile("B05")
    void aStrangersPropertiesAreRefusedAtTheHeaderOfTheirPacket(Transport transport) {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient stranger = broker.open(transport, V5)) {
            byte[] connect = Packets.connect(V5, "c").props(large(800_000)).bytes();
            stranger.send(Arrays.copyOf(connect, 700));
            stranger.expectRefused(0x95);
            others.noticeNothing();
        }
    }

    private static Props large(int size) {
        Props props = Props.of();
        for (int left = size; left > 0; left -= 50_000) {
            props.user("k", "v".repeat(Math.min(left, 50_000)));
        }
        return props;
    }

    @OnEveryTransport
    @Hostile("B05")
    void propertiesThatTrickleInAreReadOnce(Transport transport) throws Exception {
        String topic = names.topic("t");
        Publish much = Packets.publish(V5, topic).props(large(100_000)).qos(1).id(1);
        Publish tooMuch =
                Packets.publish(V5, topic).props(large(800_000)).qos(1).id(2);
        try (Bystanders others = new Bystanders(broker, names);
                RawClient watcher = broker.connect(TCP, V5, names.client("w"));
                RawClient client = broker.connect(transport, V5, names.client("c"))) {
            watcher.subscribe(topic, 1);
            Duration before = broker.process().cpu();
            client.sendSplit(70, much);
            assertThat(watcher.receive().properties().users()).hasSize(2);
            client.expect(PUBACK);
            client.sendSplit(700, tooMuch);
            client.expectDisconnect(0x97);
            assertThat(broker.process().cpu().minus(before)).isLessThan(Duration.ofSeconds(2));
            others.noticeNothing();
        }
    }

    @Test
    @Hostile("B07")
    void slowStrangersAreSentAwayInTimeAndHoldUpNobody() throws Exception {
        byte[] connect = Packets.connect(V5, "c").user("x".repeat(500)).bytes();
        byte[] request = ("GET /mqtt HTTP/1.1\r\nHost: " + "x".repeat(500)).getBytes(ISO_8859_1);
        ScheduledExecutorService drip = Executors.newSingleThreadScheduledExecutor();
        try (Bystanders others = new Bystanders(broker, names)) {
            List<Link> slow = Collections.synchronizedList(new ArrayList<>());
            AtomicInteger at = new AtomicInteger();
            drip.scheduleWithFixedDelay(
                    () -> drip(List.copyOf(slow), at.getAndIncrement(), connect, request),
                    0,
                    300,
                    TimeUnit.MILLISECONDS);
            Duration slowest = others.during(() -> {
                for (int i = 0; i < 2000; i++) {
                    slow.add(hold(i % 4 == 1 ? broker.socket(WS) : broker.link(i % 4 == 3 ? WS : TCP)));
                }
                for (int i = 0; i < 20; i++) {
                    long start = System.nanoTime();
                    broker.connect(TCP, V5, names.client("new")).disconnect();
                    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Bystanders.SOON);
                }
                for (Link link : slow) {
                    assertClosed(link, CONNECT_TIMEOUT.plusSeconds(2));
                }
            });
            assertThat(at.get()).isGreaterThan(3);
            assertThat(slowest).isLessThan(Bystanders.SOON);
        } finally {
            drip.shutdownNow();
        }
    }

    private static void drip(List<Link> slow, int at, byte[] connect, byte[] request) {
        for (int i = 0; i < slow.size(); i++) {
            try {
                slow.get(i).write(new byte[] {i % 4 == 1 ? request[at] : connect[at]});
            } catch (IOException closed) {
                // As it should be, sooner or later.
            }
        }
    }

    @OnEveryTransport
    @Hostile("B21")
    void aliasesOfLongTopicsAreForgottenWhenTheyAreReplaced(Transport transport) {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient client = broker.connect(transport, V5, names.client("c"))) {
            long aliases =
                    client.connack().properties().number(TOPIC_ALIAS_MAXIMUM).orElseThrow();
            assertThat(aliases).isBetween(1L, 32L);
            String end = "/" + "x".repeat(65_000);
            long before = broker.process().heap();
            for (int round = 0; round < 40; round++) {
                for (int alias = 1; alias <= aliases; alias++) {
                    client.send(Packets.publish(V5, names.topic(round + "-" + alias) + end)
                            .props(Props.of(TOPIC_ALIAS, alias)));
                }
                others.noticeNothing();
            }
            client.expectNothing();
            // 32 topics as text and as bytes are 4 MB.
            assertThat(broker.process().heap() - before).isLessThan(8 * MEGABYTE);
        }
    }

    @OnEveryTransport
    @Hostile("B28")
    void willsThatAreRefusedAreForgotten(Transport transport) {
        try (Bystanders others = new Bystanders(broker, names)) {
            long before = broker.process().heap();
            for (int i = 0; i < 2000; i++) {
                try (RawClient bad = broker.open(transport, V5)) {
                    bad.send(Packets.connect(V5, names.client("c") + "n" + i)
                            .will(names.topic("w"), "x".repeat(12_000), 1, true)
                            .willProps(Props.of(MESSAGE_EXPIRY_INTERVAL, 9).with(TOPIC_ALIAS, 1)));
                    bad.expectRefused(0x81);
                }
            }
            others.noticeNothing();
            assertThat(broker.process().heap() - before).isLessThan(2 * MEGABYTE);
        }
    }

    @OnEveryTransport
    @Hostile("B34")
    void moreFiltersThanAClientMayHaveAreRefusedOneByOne(Transport transport) throws Exception {
        try (Bystanders others = new Bystanders(broker, names);
                RawClient client = broker.connect(transport, V5, names.client("c"))) {
            Subscribe subscribe = Packets.subscribe(V5, 1);
            for (int i = 0; i < 60_000; i++) {
                subscribe.filter(names.topic("") + i, 1);
            }
            Duration slowest = others.during(() -> {
                List<Integer> answers = client.subscribe(subscribe).reasons();
                assertThat(answers).hasSize(60_000);
                assertThat(answers.subList(0, 1000).stream().allMatch(answer -> answer == 1))
                        .isTrue();
                assertThat(answers.subList(1000, 60_000).stream().allMatch(answer -> answer == 0x97))
                        .isTrue();
            });
            assertThat(slowest).isLessThan(Bystanders.SOON);
        }
    }

    @OnEveryTransport
    @Hostile("B104")
    void manyTinyPropertiesCostLittle(Transport transport) {
        Props tiny = Props.of();
        for (int i = 0; i < 3200; i++) {
            tiny.user("", "");
        }
        byte[] connect = Packets.connect(V5, names.client("c")).props(tiny).bytes();
        try (Bystanders others = new Bystanders(broker, names)) {
            Duration before = broker.process().cpu();
            for (int i = 0; i < 1000; i++) {
                try (RawClient bad = broker.open(transport, V5)) {
                    bad.send(connect);
                    bad.expectRefused(0x97);
                }
            }
            Duration cpu = broker.process().cpu().minus(before);
            assertThat(cpu).isLessThan(Duration.ofSeconds(1));
            others.noticeNothing();
        }
    }

    @OnEveryTransport
    @Hostile("B104")
    void tooManyPropertiesOfAnyPacketEndTheConnection(Transport transport) {
        Props tiny = Props.of();
        for (int i = 0; i < 20_000; i++) {
            tiny.user("", "");
        }
        trial.ends(transport, V5, Packets.publish(V5, names.topic("t")).props(tiny), 0x97);
        trial.ends(transport, V5, Packets.subscribe(V5, 1).filter("a", 0).props(tiny), 0x97);
    }
}
