package io.coppice.blackbox;

import io.coppice.Node;
import io.coppice.config.ConfigLoader;
import io.coppice.config.CoppiceConfig;
import io.coppice.port.Gatekeeper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Coppice in this JVM, on free ports. */
final class CoppiceUnderTest {
    private CoppiceUnderTest() {}

    /** Over the defaults: free ports, and more loops than processors, so that sessions meet across loops. */
    static List<String> sets(Map<String, String> settings) {
        List<String> sets = new ArrayList<>(List.of(
                "node.event-loops=3",
                "durability=memory",
                "listeners.mqtt.port=0",
                "listeners.ws.port=0",
                "admin.port=0",
                "sys.interval=1s"));
        settings.forEach((key, value) -> sets.add(key + "=" + value));
        return sets;
    }

    /**
     * Starts it in this JVM.
     *
     * @param settings configuration keys and values over the defaults
     * @param gatekeeper a class with a constructor without parameters, or {@link Gatekeeper} itself for Coppice's own
     */
    static ServedBroker start(Map<String, String> settings, Class<? extends Gatekeeper> gatekeeper) throws Exception {
        CoppiceConfig config = ConfigLoader.load(null, Map.of(), sets(settings));
        Node node = gatekeeper == Gatekeeper.class
                ? Node.start(config)
                : Node.start(config, gatekeeper.getConstructor().newInstance());
        return new ServedBroker() {
            @Override
            public int port(Transport transport) {
                return node.port(transport == Transport.TCP ? "mqtt" : "ws");
            }

            @Override
            public int adminPort() {
                return node.port("admin");
            }

            @Override
            public void stop() throws Exception {
                node.stop();
            }
        };
    }
}
