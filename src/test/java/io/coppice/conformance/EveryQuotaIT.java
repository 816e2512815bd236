package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Link;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.PacketType;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Publish;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What clients are told at the limits of a rate, and of what a node holds for all; the others are in {@link
 * EveryLimitIT} and {@link EveryQueueLimitIT}.
 */
class EveryQuotaIT {
    /** Of TLS ({@code TlsListenerTest} meets it), of the disk, of what no client sees ({@code DeepQueueIT} does), of users ({@code AuthenticationIT} has some), of HTTP ({@code AdminPortSecurityIT} has them), between event loops, where no client can fill it at will, in a cluster, at the end of a node, and of a node that is overloaded ({@code OverloadTest}). */
    private static final Set<String> OUT_OF_REACH = Set.of(
            "limits.tls-handshake-timeout",
            "limits.disk-free-min",
            "limits.queue-memory-bytes-max",
            "limits.journal-backlog-bytes-max",
            "limits.loop-backlog-max",
            "limits.forward-backlog-max",
            "limits.retained-tombstones-max",
            "limits.drain-rate-max",
            "limits.drain-time-max",
            "limits.drain-settle-time",
            "limits.heap-percent-max",
            "limits.loop-lag-max",
            "limits.door-entries-max",
            "limits.admin-connections-max",
            "limits.admin-body-bytes-max",
            "limits.admin-wrong-tries-max",
            "limits.password-checks-waiting-max");

    @Test
    void everyLimitIsMet() throws IOException {
        Set<String> documented = Files.readAllLines(Path.of("conf/coppice.yaml")).stream()
                .dropWhile(line -> !line.equals("limits:"))
                .skip(1)
                .takeWhile(line -> !line.matches("[a-z].*"))
                .filter(line -> line.matches("  [a-z-]+:.*"))
                .map(line -> "limits." + line.trim().replaceAll(":.*", ""))
                .collect(Collectors.toSet());
        Set<String> met = Stream.of(EveryLimitIT.class, EveryQuotaIT.class, EveryQueueLimitIT.class)
                .flatMap(type -> Stream.concat(Stream.of(type), Arrays.stream(type.getDeclaredClasses())))
                .map(type -> type.getAnnotation(BrokerSettings.class))
                .filter(settings -> settings != null)
                .flatMap(settings -> Arrays.stream(settings.value()))
                .filter(setting -> setting.startsWith("limits."))
                .map(setting -> setting.replaceAll("=.*", ""))
                .collect(Collectors.toSet());
        met.addAll(OUT_OF_REACH);
        assertThat(met).isEqualTo(documented);
    }

    /** Tests with a broker of their class's own. */
    abstract static class WithBroker {
        final Broker broker;
        final Names names;

        WithBroker(Broker broker, Names names) {
            this.broker = broker;
            this.names = names;
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings(value = "limits.sessions-max=2", alone = true)
    @Execution(ExecutionMode.SAME_THREAD)
    class Sessions extends WithBroker {
        Sessions(Broker broker, Names names) {
            super(broker, names);
        }

        @InEveryVersion
        void sessionsMax(Transport transport, Version version) {
            RawClient one = broker.connect(transport, version, names.client("1"));
            try (RawClient two = broker.connect(transport, version, names.client("2"))) {
                try (RawClient third = broker.open(transport, version)) {
                    third.send(Packets.connect(version, names.client("3")));
                    third.expectRefused(version.is5() ? 0x97 : 0x03);
                }
                broker.connect(transport, version, names.client("2")).disconnect();
                two.expectEnded(0x8E);
            }
            one.disconnect();
            for (String role : List.of("3", "4")) {
                broker.connect(transport, version, names.client(role)).disconnect();
            }
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings(
            value = {"limits.retained-messages-max=2", "limits.retained-bytes-max=1KiB", "sys.interval=0s"},
            alone = true)
    @Execution(ExecutionMode.SAME_THREAD)
    class Retained extends WithBroker {
        Retained(Broker broker, Names names) {
            super(broker, names);
        }

        private int retain(RawClient client, String name, int size) {
            int id = client.nextId();
            client.send(Packets.publish(client.version(), names.topic(name))
                    .qos(1)
                    .id(id)
                    .retain()
                    .payload("x".repeat(size)));
            int answer = client.expect(PUBACK).reason();
            assertThat(client.version().is5() || answer == 0).isTrue();
            return answer == 0x10 ? 0 : answer;
        }

        /** 3.1.1 has no word for it: the publisher is answered as ever. */
        private static int refused(Version version) {
            return version.is5() ? 0x97 : 0;
        }

        private void expectRetained(RawClient client, String... wanted) {
            client.subscribe(names.topic("#"), 0);
            List<String> topics =
                    Stream.of(wanted).map(each -> client.receive().topic()).toList();
            assertThat(topics)
                    .containsExactlyInAnyOrder(
                            Stream.of(wanted).map(names::topic).toArray(String[]::new));
            client.expectNothing();
            client.send(Packets.unsubscribe(client.version(), client.nextId()).filter(names.topic("#")));
            client.expect(UNSUBACK);
        }

        @InEveryVersion
        void retainedMessagesMax(Transport transport, Version version) {
            try (RawClient client = broker.connect(transport, version, names.client("c"))) {
                assertThat(retain(client, "a", 1)).isZero();
                assertThat(retain(client, "b", 1)).isZero();
                assertThat(retain(client, "c", 1)).isEqualTo(refused(version));
                assertThat(retain(client, "b", 2)).isZero();
                expectRetained(client, "a", "b");
                assertThat(retain(client, "a", 0)).isZero();
                assertThat(retain(client, "c", 1)).isZero();
                expectRetained(client, "b", "c");
                retain(client, "b", 0);
                retain(client, "c", 0);
            }
        }

        @InEveryVersion
        void retainedBytesMax(Transport transport, Version version) {
            int largest = 1024 - 96 - names.topic("a").length();
            try (RawClient client = broker.connect(transport, version, names.client("c"))) {
                assertThat(retain(client, "a", largest + 1)).isEqualTo(refused(version));
                expectRetained(client);
                assertThat(retain(client, "a", largest)).isZero();
                assertThat(retain(client, "b", 1)).isEqualTo(refused(version));
                expectRetained(client, "a");
                assertThat(retain(client, "a", 1)).isZero();
                assertThat(retain(client, "b", 1)).isZero();
                expectRetained(client, "a", "b");
                retain(client, "a", 0);
                retain(client, "b", 0);
            }
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings(value = "limits.connections-max=2", alone = true)
    @Execution(ExecutionMode.SAME_THREAD)
    class Connections extends WithBroker {
        Connections(Broker broker, Names names) {
            super(broker, names);
        }

        /** Until the server has noticed that an earlier connection is gone, there is no room. */
        private RawClient admitted(Transport transport, Version version, String role) {
            long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
            while (true) {
                RawClient client = broker.open(transport, version);
                client.send(Packets.connect(version, names.client(role)));
                if (client.expect(CONNACK).reason() == 0) {
                    return client;
                }
                client.expectClosed();
                client.close();
                assertThat(System.nanoTime()).as("still no room").isLessThan(deadline);
            }
        }

        @InEveryVersion
        void connectionsMax(Transport transport, Version version) {
            try (RawClient one = admitted(transport, version, "1");
                    RawClient two = admitted(transport, version, "2")) {
                try (RawClient third = broker.open(transport, version)) {
                    third.send(Packets.connect(version, names.client("3")));
                    third.expectRefused(version.is5() ? 0x97 : 0x03);
                }
                one.disconnect();
                admitted(transport, version, "3").disconnect();
                two.expectNothing();
            }
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings(value = "limits.connect-rate-max=2", alone = true)
    class ConnectRate extends TwoConnectsASecond {
        ConnectRate(Broker broker, Names names) {
            super(broker, names);
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings(value = "limits.connect-rate-per-address-max=2", alone = true)
    class ConnectRatePerAddress extends TwoConnectsASecond {
        ConnectRatePerAddress(Broker broker, Names names) {
            super(broker, names);
        }
    }

    abstract static class TwoConnectsASecond extends WithBroker {
        TwoConnectsASecond(Broker broker, Names names) {
            super(broker, names);
        }

        @Test
        void moreConnectsThanTheRateAreRefused() {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                clients.add(broker.open(Transport.values()[i % 2], i % 4 < 2 ? V5 : V311));
            }
            long start = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                clients.get(i).send(Packets.connect(clients.get(i).version(), names.client("c" + i)));
            }
            int admitted = 0;
            for (RawClient client : clients) {
                int reason = client.expect(CONNACK).reason();
                assertThat(reason).isIn(0, client.version().is5() ? 0x9F : 0x03);
                admitted += reason == 0 ? 1 : 0;
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            clients.forEach(RawClient::close);
            assertThat(admitted).isBetween(2, (int) (2 + 2 * seconds) + 1).isLessThan(20);
            again();
        }

        /** The next second has room again. */
        private void again() {
            long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
            int reason = 0x9F;
            while (reason != 0) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                try (RawClient client = broker.open(Transport.TCP, V5)) {
                    client.send(Packets.connect(V5, names.client("again")));
                    reason = client.expect(CONNACK).reason();
                }
            }
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings(value = "limits.authentication-timeout=300ms", gatekeeper = TestGatekeeper.class)
    class AuthenticationTime extends WithBroker {
        AuthenticationTime(Broker broker, Names names) {
            super(broker, names);
        }

        private Props says(String data) {
            return Props.of(Property.AUTHENTICATION_METHOD, TestGatekeeper.METHOD)
                    .with(Property.AUTHENTICATION_DATA, data.getBytes(StandardCharsets.UTF_8));
        }

        @OnEveryTransport
        void authenticationTimeout(Transport transport) {
            try (RawClient client = broker.open(transport, V5)) {
                client.send(Packets.connect(V5, names.client("c")).props(says("1")));
                client.expect(PacketType.AUTH);
                client.expectRefused(0x87);
            }
            try (RawClient client = broker.open(transport, V5)) {
                client.send(Packets.connect(V5, names.client("c")).props(says("0")));
                assertThat(client.expect(CONNACK).reason()).isZero();
                client.send(Packets.auth().reason(0x19).props(says("1")));
                client.expect(PacketType.AUTH);
                client.expectDisconnect(0x87);
            }
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings("limits.publish-rate-max=20")
    class PublishRate extends WithBroker {
        PublishRate(Broker broker, Names names) {
            super(broker, names);
        }

        @InEveryVersion
        void publishRateMax(Transport transport, Version version) {
            try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                    RawClient client = broker.connect(transport, version, names.client("c"))) {
                watcher.subscribe(names.topic("a"), 1);
                long start = System.nanoTime();
                client.sendTogether(IntStream.rangeClosed(1, 41)
                        .mapToObj(i -> publish(version, i))
                        .toArray(Sendable[]::new));
                Received last = watcher.receive();
                for (int i = 2; i <= 41; i++) {
                    last = watcher.receive();
                    assertThat(last.text()).isEqualTo("m" + i);
                }
                assertThat(Duration.ofNanos(last.nanos() - start)).isGreaterThan(Duration.ofMillis(1000));
                for (int i = 1; i <= 41; i++) {
                    assertThat(client.expect(PUBACK).reason()).isZero();
                }
            }
        }

        private Publish publish(Version version, int i) {
            return Packets.publish(version, names.topic("a")).qos(1).id(i).payload("m" + i);
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings("limits.output-buffer-bytes-max=64KiB")
    class OutputBuffer extends WithBroker {
        OutputBuffer(Broker broker, Names names) {
            super(broker, names);
        }

        /** More than the buffers of both systems hold. */
        @Test
        void outputBufferBytesMax() {
            int many = 600;
            byte[] payload = new byte[64 * 1024];
            try (RawClient slow = broker.connect(Transport.TCP, V5, names.client("s"));
                    RawClient publisher = broker.connect(Transport.TCP, V5, names.client("p"))) {
                slow.subscribe(names.topic("a"), 1);
                for (int i = 0; i < many; i++) {
                    publisher.send(Packets.publish(V5, names.topic("a")).payload(payload));
                }
                for (int i = 0; i < 3; i++) {
                    publisher.publish(names.topic("a"), "kept", 1);
                }
                int received = 0;
                Received next = slow.receive();
                for (; next.qos() == 0; next = slow.receive()) {
                    received++;
                }
                assertThat(received).isBetween(1, many - 1);
                assertThat(List.of(
                                next.text(),
                                slow.receive().text(),
                                slow.receive().text()))
                        .containsOnly("kept");
                publisher.publish(names.topic("a"), "again", 0);
                assertThat(slow.receive().text()).isEqualTo("again");
            }
        }
    }

    @Nested
    @BlackBox
    @BrokerSettings({"limits.send-timeout=1s", "limits.output-buffer-bytes-max=64KiB"})
    class SendTimeout extends WithBroker {
        SendTimeout(Broker broker, Names names) {
            super(broker, names);
        }

        /** The one that reads is as late as the other: it reads a message for each that is published. */
        @Test
        void sendTimeout() throws IOException {
            byte[] payload = new byte[64 * 1024];
            try (Link deaf = broker.narrow();
                    RawClient reader = broker.connect(Transport.TCP, V5, names.client("r"));
                    RawClient publisher = broker.connect(Transport.TCP, V5, names.client("p"))) {
                deaf.write(Packets.connect(V5, names.client("d")).bytes());
                deaf.write(Packets.subscribe(V5, 1).filter(names.topic("a"), 0).bytes());
                reader.subscribe(names.topic("a"), 0);
                long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
                while (broker.metrics().value("mqtt_connections_send_timed_out_total") == 0) {
                    publisher.send(Packets.publish(V5, names.topic("a")).payload(payload));
                    assertThat(reader.receive().payload()).hasSize(payload.length);
                    assertThat(System.nanoTime()).isLessThan(deadline);
                }
                assertThat(broker.metrics().value("mqtt_connections_send_timed_out_total"))
                        .isEqualTo(1);
                publisher.publish(names.topic("a"), "again", 1);
                assertThat(reader.receive().text()).isEqualTo("again");
            }
        }
    }
}
