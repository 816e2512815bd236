package io.coppice.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts a configuration together from what is given: defaults, which a file overrides, which the environment
 * overrides, which the command line overrides.
 */
public final class ConfigLoader {
    private ConfigLoader() {}

    /**
     * The configuration that results, with every value checked.
     *
     * @param file a YAML file, or null for none
     * @param environment variables by name; {@code COPPICE_KEY_PATH} sets {@code key.path} and {@code key-path}
     * @param sets settings of the command line, each {@code key.path=value}; of two with one key the last counts
     * @throws ConfigException if anything is wrong, with all that is
     */
    public static CoppiceConfig load(@Nullable Path file, Map<String, String> environment, List<String> sets)
            throws ConfigException {
        List<Key<?>> keys = Schema.keys();
        Draft draft = new Draft(keys);
        read(file, environment, sets, keys, draft);
        return build(draft, environment, new ConfigOrigin(file, environment, sets, draft));
    }

    /** Gives a draft all that was given, the weightiest last. */
    static void read(
            @Nullable Path file, Map<String, String> environment, List<String> sets, List<Key<?>> keys, Draft draft) {
        if (file != null) {
            ConfigFile.read(file, draft);
        }
        ConfigEnvironment.read(environment, keys, draft);
        sets.forEach(set -> set(set, draft));
    }

    /** The configuration that a draft gives. */
    static CoppiceConfig build(Draft draft, Map<String, String> environment, ConfigOrigin origin)
            throws ConfigException {
        Schema.Values values = new Schema.Values() {
            @Override
            public <T> T of(Key<T> key) {
                return key.type().read(draft.text(key)).orElseThrow();
            }
        };
        CoppiceConfig config = Schema.build(values, draft.settings(), origin, () -> Hosts.localName(environment));
        new Contradictions(config, draft).find();
        if (!draft.faults().isEmpty()) {
            throw new ConfigException(draft.faults());
        }
        return config;
    }

    private static void set(String set, Draft draft) {
        int equals = set.indexOf('=');
        if (equals < 0) {
            draft.fault("--set without = is not allowed; allowed: key.path=value");
        } else {
            draft.give(set.substring(0, equals), set.substring(equals + 1), "--set");
        }
    }
}
