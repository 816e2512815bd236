package io.coppice.observe;

import io.coppice.config.ConfigException;
import io.coppice.config.ConfigLoader;
import io.coppice.config.CoppiceConfig;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Admin ports for tests, as a configuration describes them. */
final class AdminPorts {
    private AdminPorts() {}

    static AdminServer.Settings settings(LongSupplier clock, String... sets) {
        try {
            CoppiceConfig config = ConfigLoader.load(null, Map.of(), List.of(sets));
            return new AdminServer.Settings(
                    "alder", "1.2.3", config.admin(), config.limits().admin(), 5_000, 1_000, clock);
        } catch (ConfigException wrong) {
            throw new IllegalArgumentException(wrong);
        }
    }
}
