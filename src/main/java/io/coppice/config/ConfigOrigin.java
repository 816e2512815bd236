package io.coppice.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a configuration was put together from, so that this can be done again while the node serves. */
public final class ConfigOrigin {
    /** The source of what was ordered by way of the API. */
    public static final String API = "api";

    private final @Nullable Path file;
    private final Map<String, String> environment;
    private final List<String> sets;
    private final Draft first;

    ConfigOrigin(@Nullable Path file, Map<String, String> environment, List<String> sets, Draft first) {
        this.file = file;
        this.environment = Map.copyOf(environment);
        this.sets = List.copyOf(sets);
        this.first = first;
    }

    /** The file; null where there is none. */
    public @Nullable Path file() {
        return file;
    }

    /**
     * What came out.
     *
     * @param config with what may change as it is now, and all else as it was at the start
     * @param needingRestart keys that have another value by now, which may not change while the node serves
     */
    public record Again(CoppiceConfig config, List<String> needingRestart) {
        public Again {
            needingRestart = List.copyOf(needingRestart);
        }
    }

    /**
     * Puts it together once more, as file, environment and command line are now. Blocks.
     *
     * @param orders by key what outranks all of these
     * @throws ConfigException if anything is wrong, with all that is; or if a key may not change
     */
    public Again again(Map<String, String> orders) throws ConfigException {
        List<Key<?>> keys = Schema.keys();
        Draft now = new Draft(keys);
        ConfigLoader.read(file, environment, sets, keys, now);
        orders.forEach((key, value) -> {
            if (now.isKey(key) && !LiveKeys.has(key)) {
                now.fault(key + " (" + API
                        + ") may not change while the node serves; allowed: in its file, before a restart");
            } else {
                now.give(key, value, API);
            }
        });
        ConfigLoader.build(now, environment, this);
        List<String> needingRestart = new ArrayList<>();
        for (Key<?> key : keys) {
            if (!key.live() && !now.text(key).equals(first.text(key))) {
                needingRestart.add(key.name());
            }
            if (!key.live()) {
                now.takeFrom(first, key);
            }
        }
        return new Again(ConfigLoader.build(now, environment, this), needingRestart);
    }

    /** Says nothing of what was given. */
    @Override
    public String toString() {
        return "ConfigOrigin[" + (file == null ? "no file" : file) + "]";
    }
}
