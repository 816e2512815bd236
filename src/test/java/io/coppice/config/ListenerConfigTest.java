package io.coppice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.coppice.blackbox.Hostile;
import io.coppice.config.CoppiceConfig.ClientAuth;
import io.coppice.config.CoppiceConfig.Tls;
import io.coppice.config.CoppiceConfig.TlsProtocol;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys of listeners that speak TLS. */
class ListenerConfigTest {
    private static CoppiceConfig sets(String... sets) throws ConfigException {
        return ConfigLoader.load(null, Map.of(), List.of(sets));
    }

    private static List<String> faults(String... sets) {
        ConfigException wrong = catchThrowableOfType(ConfigException.class, () -> sets(sets));
        return wrong == null ? List.of() : wrong.faults();
    }

    @Test
    void areClosedUntilTheyHaveACertificate() throws Exception {
        CoppiceConfig.Listeners closed = sets().listeners();
        assertThat(closed.mqtts())
                .isEqualTo(new CoppiceConfig.Listener(false, "127.0.0.1", 8883, false, List.of(), Tls.NONE));
        assertThat(closed.wss())
                .isEqualTo(new CoppiceConfig.WebSocketListener(
                        false, "127.0.0.1", 8084, "/mqtt", false, List.of(), Origins.SAME_HOST, Tls.NONE));
        CoppiceConfig.Listeners open = sets("listeners.mqtts.certificate=a", "listeners.wss.certificate=b")
                .listeners();
        assertThat(open.mqtts().enabled()).isTrue();
        assertThat(open.wss().enabled()).isTrue();
    }

    @Test
    void mayBeGivenEverythingInAFile(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("coppice.yaml"), """
                listeners:
                  mqtts:
                    certificate: /tls/a.pem
                    key: /tls/a.key
                    key-password-file: /tls/password
                    further-certificates: [/tls/b, /tls/c.p12]
                    client-ca: /tls/ca.pem
                    client-auth: optional
                    crl: /tls/crl.pem
                    protocols: [TLSv1.3]
                """);
        assertThat(ConfigLoader.load(file, Map.of(), List.of())
                        .listeners()
                        .mqtts()
                        .tls())
                .isEqualTo(new Tls(
                        "/tls/a.pem",
                        "/tls/a.key",
                        "/tls/password",
                        List.of("/tls/b", "/tls/c.p12"),
                        "/tls/ca.pem",
                        ClientAuth.OPTIONAL,
                        "/tls/crl.pem",
                        List.of(TlsProtocol.V1_3)));
    }

    @Test
    void haveTimesForHandshakesAndForLooksAtFiles() throws Exception {
        assertThat(sets().limits().tlsHandshakeTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(sets().security().reloadInterval()).isEqualTo(Duration.ofSeconds(5));
        assertThat(sets("security.reload-interval=0").security().reloadInterval())
                .isZero();
        assertThat(faults("limits.tls-handshake-timeout=0")).hasSize(1);
    }

    @Test
    void knowTheNetworksOfTheirProxies() throws Exception {
        assertThat(sets("listeners.ws.proxy-protocol=true", "listeners.ws.proxy-networks=10.0.0.0/8, 2001:db8::1")
                        .listeners()
                        .ws()
                        .proxyNetworks())
                .containsExactly(AddressRange.of("10.0.0.0/8"), AddressRange.of("2001:db8::1/128"));
        assertThat(faults("listeners.mqtt.proxy-networks=10.0.0.0/8"))
                .containsExactly(
                        "listeners.mqtt.proxy-protocol: false (default) contradicts listeners.mqtt.proxy-networks: 10.0.0.0/8 (--set); "
                                + "allowed: true, or no networks");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.0.0/33", "10.0.0.0/", "proxy.example.com", "2001:db8::/129", "10.0.0.0/8,,::1", "10.0/8"})
    void takeNoNetworkThatIsNone(String networks) {
        assertThat(faults("listeners.mqtts.proxy-networks=" + networks))
                .singleElement()
                .asString()
                .endsWith(
                        "allowed: networks or addresses such as 10.0.0.0/8 and 2001:db8::/32, with commas between or as a list");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "TLSv1.1", "TLSv1.2,SSLv3", "tlsv1.2", "TLSv1.2,,TLSv1.3"})
    void speakNothingOlderThanTls12(String protocols) {
        assertThat(faults("listeners.wss.protocols=" + protocols))
                .singleElement()
                .asString()
                .endsWith("allowed: TLSv1.2, TLSv1.3 or both, with a comma between or as a list");
    }

    @ParameterizedTest
    @CsvSource({
        "key=k",
        "key-password-file=/p",
        "further-certificates=f",
        "client-ca=c",
        "client-auth=required",
        "crl=c"
    })
    void haveNothingOfTlsWithoutACertificate(String set) {
        String key = set.substring(0, set.indexOf('='));
        String value = set.substring(set.indexOf('=') + 1);
        assertThat(faults("listeners.mqtts." + set))
                .containsExactly("listeners.mqtts.certificate: \"\" (default) contradicts listeners.mqtts." + key + ": "
                        + value + " (--set); allowed: a certificate, or nothing else of TLS");
    }

    @Test
    void askNoClientWithoutSayingWhomTheyTrustAndTrustNobodyWithoutAsking() {
        assertThat(faults("listeners.wss.certificate=a", "listeners.wss.client-auth=optional"))
                .containsExactly(
                        "listeners.wss.client-ca: \"\" (default) contradicts listeners.wss.client-auth: optional "
                                + "(--set); allowed: who signs the certificates of clients");
        assertThat(faults("listeners.wss.certificate=a", "listeners.wss.client-ca=c"))
                .containsExactly("listeners.wss.client-auth: none (default) contradicts listeners.wss.client-ca: c "
                        + "(--set); allowed: optional or required, or no client-ca");
        assertThat(faults("listeners.wss.certificate=a", "listeners.wss.crl=c"))
                .containsExactly("listeners.wss.client-auth: none (default) contradicts listeners.wss.crl: c "
                        + "(--set); allowed: optional or required, or no crl");
    }

    @Test
    void areInTheWayOfOthersOnlyWhenTheyAreOpen() {
        assertThat(faults("listeners.ws.port=8084")).isEmpty();
        assertThat(faults("listeners.ws.port=8084", "listeners.wss.certificate=a"))
                .containsExactly("listeners.wss.port: 8084 (default) contradicts listeners.ws.port: 8084 (--set); "
                        + "allowed: a port that no other listener has, or 0");
        assertThat(faults("listeners.mqtts.port=1883", "listeners.mqtts.certificate=a"))
                .hasSize(1);
    }

    @Test
    @Hostile("B85")
    void letNobodyInBeyondLoopbackUnlessThatIsWrittenDown() throws Exception {
        for (String listener : List.of("listeners.mqtts", "listeners.wss")) {
            assertThat(sets(listener + ".host=0.0.0.0").security().anonymous())
                    .as("it is closed")
                    .isTrue();
            assertThat(sets(listener + ".host=0.0.0.0", listener + ".certificate=a")
                            .security()
                            .anonymous())
                    .isFalse();
            assertThat(sets(listener + ".certificate=a").security().anonymous()).isTrue();
        }
    }

    @Test
    @Hostile("B73")
    void theSitesWhosePagesMayConnectAreWordsAndOrigins() throws Exception {
        assertThat(sets("listeners.ws.origins=same-host, https://app.example.com:443")
                        .listeners()
                        .ws()
                        .origins())
                .isEqualTo(new Origins(false, true, List.of("https://app.example.com")));
        assertThat(sets("listeners.wss.origins=any").listeners().wss().origins())
                .isEqualTo(new Origins(true, false, List.of()));
        assertThat(sets("listeners.wss.origins=").listeners().wss().origins())
                .isEqualTo(new Origins(false, false, List.of()));
        assertThat(faults("listeners.ws.origins=*"))
                .containsExactly(
                        "listeners.ws.origins: * (--set) is not allowed; allowed: same-host, any, or origins such "
                                + "as https://app.example.com, with commas between or as a list");
        for (String none : List.of("null", "https://a/", "app.example.com", "ftp://a", "https://*.example.com")) {
            assertThat(faults("listeners.ws.origins=" + none)).as(none).hasSize(1);
        }
    }
}
