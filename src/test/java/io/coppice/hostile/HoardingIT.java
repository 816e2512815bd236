package io.coppice.hostile;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.Property.SERVER_KEEP_ALIVE;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Clients that hold connections and say nothing. */
@BlackBox
@BrokerSettings(
        value = {"limits.keep-alive-max=1s", "limits.connections-max=20"},
        alone = true)
@Execution(ExecutionMode.SAME_THREAD)
class HoardingIT {
    private static final int CONNECTIONS_MAX = 20;

    private final Broker broker;
    private final Names names;

    HoardingIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @InEveryVersion
    @Hostile("B13")
    void connectionsAreFewAndThoseWithoutALifeSignEnd(Transport transport, Version version) throws Exception {
        List<RawClient> silent = new ArrayList<>();
        try (Bystanders others = new Bystanders(broker, names)) {
            long start = System.nanoTime();
            Duration slowest = others.during(() -> {
                while (silent.size() < CONNECTIONS_MAX - 3) {
                    RawClient client = broker.connect(
                            transport,
                            version,
                            Packets.connect(version, names.client("s") + "n" + silent.size())
                                    .keepAlive(silent.size() % 2 == 0 ? 0 : 65_535));
                    if (version.is5()) {
                        assertThat(client.connack().properties().number(SERVER_KEEP_ALIVE))
                                .contains(1L);
                    }
                    silent.add(client);
                }
                try (RawClient surplus = broker.open(transport, version)) {
                    surplus.send(Packets.connect(version, names.client("surplus")));
                    assertThat(surplus.expect(CONNACK).reason()).isEqualTo(version.is5() ? 0x97 : 0x03);
                    surplus.expectClosed();
                }
                for (RawClient client : silent) {
                    client.expectEnded(0x8D);
                    client.close();
                }
            });
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1400));
            assertThat(slowest).isLessThan(Bystanders.SOON);
            broker.connect(transport, version, names.client("room")).disconnect();
        }
    }
}
