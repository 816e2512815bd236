package io.coppice.blackbox;

import io.coppice.Node;
import io.coppice.config.ConfigLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Coppice in this JVM, on free ports. */
final class CoppiceUnderTest {
    private CoppiceUnderTest() {}

    /** {@code settings} are configuration keys and values over the defaults; more loops than processors, so that sessions meet across loops. */
    static ServedBroker start(Map<String, String> settings) throws Exception {
        List<String> sets = new ArrayList<>(List.of(
                "node.event-loops=3",
                "listeners.mqtt.port=0",
                "listeners.ws.port=0",
                "admin.port=0",
                "sys.interval=1s"));
        settings.forEach((key, value) -> sets.add(key + "=" + value));
        Node node = Node.start(ConfigLoader.load(null, Map.of(), sets));
        return new ServedBroker() {
            @Override
            public int port(Transport transport) {
                return node.port(transport == Transport.TCP ? "mqtt" : "ws");
            }

            @Override
            public void stop() throws Exception {
                node.stop();
            }
        };
    }
}
