package io.coppice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ListenerRisksTest {
    private static List<String> lines(String... sets) throws ConfigException {
        return ListenerRisks.of(ConfigLoader.load(null, Map.of(), List.of(sets)).listeners());
    }

    @Test
    void thereAreNoneByDefaultAndOnLoopback() throws Exception {
        assertThat(lines()).isEmpty();
        assertThat(lines("listeners.mqtt.proxy-protocol=true", "listeners.ws.proxy-protocol=true"))
                .isEmpty();
    }

    @Test
    void aListenerThatBelievesEverybody() throws Exception {
        assertThat(lines("listeners.ws.host=0.0.0.0", "listeners.ws.proxy-protocol=true"))
                .containsExactly(
                        "listeners.ws.proxy-protocol: whoever reaches 0.0.0.0 can say that it comes from any address, "
                                + "past bans and rules by address. Set listeners.ws.proxy-networks to where the proxies are");
        assertThat(lines(
                        "listeners.mqtt.host=::",
                        "listeners.mqtt.proxy-protocol=true",
                        "listeners.mqtt.proxy-networks=10.0.0.0/8"))
                .isEmpty();
    }

    @Test
    void pagesOfAnySiteWithTheCertificateOfABrowser() throws Exception {
        String[] asking = {
            "listeners.wss.certificate=a", "listeners.wss.client-ca=b", "listeners.wss.client-auth=optional", ""
        };
        asking[3] = "listeners.wss.origins=any";
        assertThat(lines(asking))
                .containsExactly(
                        "listeners.wss.origins: a page of any site can connect with the certificate that a browser "
                                + "has. Set listeners.wss.origins to the sites whose pages are meant");
        asking[3] = "listeners.wss.origins=same-host,https://app.example.com";
        assertThat(lines(asking)).isEmpty();
        assertThat(lines("listeners.wss.certificate=a", "listeners.wss.origins=any"))
                .isEmpty();
    }
}
