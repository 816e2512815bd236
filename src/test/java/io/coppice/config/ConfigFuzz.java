package io.coppice.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A configuration file: a configuration, or a list of all that is wrong with it. */
public final class ConfigFuzz {
    private ConfigFuzz() {}

    public static List<byte[]> seeds() {
        return List.of(
                "node:\n  name: a\nlisteners:\n  mqtt:\n    port: 1884\nlimits:\n  packet-size-max: 1MiB\n"
                        .getBytes(UTF_8),
                "cluster:\n  mode: static\n  members: [a:1, b:2]\nadmin.port: 8081\n".getBytes(UTF_8),
                "security:\n  anonymous: true\n  rules-file: &x y\ndurability: disk\n".getBytes(UTF_8));
    }

    public static void fuzzerTestOneInput(byte[] input) {
        Draft draft = new Draft(Schema.keys());
        ConfigFile.read(Path.of("file"), new String(input, UTF_8), draft);
        try {
            ConfigLoader.build(
                    draft, Map.of("HOSTNAME", "fuzz"), new ConfigOrigin(null, Map.of(), java.util.List.of(), draft));
        } catch (ConfigException refused) {
            if (refused.faults().isEmpty()) {
                throw new AssertionError("refused without a word");
            }
        }
    }
}
