package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.config.CoppiceConfig.BusTls;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.CoppiceConfig.ClusterMode;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExposureTest {
    private static final BusTls TLS = new BusTls("node.pem", "node.key", "ca.pem");

    private static List<String> lines(String host, String secretFile, BusTls tls, String... all) {
        Cluster cluster = new Cluster(
                ClusterMode.STATIC,
                "coppice",
                List.of(),
                host,
                5701,
                5801,
                tls,
                secretFile,
                "",
                1,
                3,
                31,
                Duration.ofMinutes(2),
                Duration.ofMinutes(2),
                Duration.ofHours(1),
                0,
                Duration.ZERO);
        return Exposure.of(cluster, () -> addresses(all));
    }

    private static List<InetAddress> addresses(String... texts) {
        try {
            List<InetAddress> addresses = new ArrayList<>();
            for (String text : texts) {
                addresses.add(InetAddress.getByName(text));
            }
            return addresses;
        } catch (java.net.UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void nobodyElseReachesLoopback() {
        assertThat(lines("127.0.0.1", "", BusTls.NONE)).isEmpty();
        assertThat(lines("0.0.0.0", "", BusTls.NONE, "127.0.0.1", "::1")).isEmpty();
    }

    @Test
    void aPrivateNetworkNeedsSecretAndKeys() {
        assertThat(lines("10.1.2.3", "", BusTls.NONE)).hasSize(2).satisfies(lines -> {
            assertThat(lines.get(0)).startsWith("cluster.port: whoever reaches 10.1.2.3:5701 can become a member");
            assertThat(lines.get(1)).startsWith("cluster.bus-port: whoever reaches 10.1.2.3:5801 can speak");
        });
        assertThat(lines("10.1.2.3", "secret", TLS)).isEmpty();
    }

    @Test
    void aPublicAddressIsNamedWhateverIsSet() {
        assertThat(lines("192.0.43.8", "secret", TLS))
                .singleElement()
                .asString()
                .startsWith("cluster.host: 192.0.43.8 is a public address");
        assertThat(lines("0.0.0.0", "secret", TLS, "127.0.0.1", "10.0.0.1", "2600::1", "192.0.43.8"))
                .singleElement()
                .asString()
                .startsWith("cluster.host: 2600:0:0:0:0:0:0:1 is a public address");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.0.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.1.1",
                "100.64.0.1",
                "100.127.0.1",
                "::1",
                "fe80::1",
                "fd00::1",
                "fc00::1",
                "0.0.0.0"
            })
    void isNotPublic(String address) {
        assertThat(Exposure.isPublic(addresses(address).get(0))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "172.32.0.1", "100.128.0.1", "100.63.0.1", "2001:db8::1", "fe00::1"})
    void isPublic(String address) {
        assertThat(Exposure.isPublic(addresses(address).get(0))).isTrue();
    }
}
