package io.coppice;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.config.ConfigException;
import io.coppice.config.ConfigOrigin;
import io.coppice.config.CoppiceConfig;
import io.coppice.config.Setting;
import io.coppice.observe.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of a node's configuration is in force: put together anew when its file has changed or an operator wants it. Nothing is taken of
 * what is wrong in any part, and of the rest what may change while the node serves. Any thread; blocks.
 */
final class LiveConfiguration implements Configuration {
    private static final Logger LOG = LoggerFactory.getLogger(LiveConfiguration.class);
    /** A file that was changed less than so long ago may change again within the same tick of its clock. */
    private static final long TICK_MILLIS = 2_000;

    /** By what a change of the file is seen without reading it. */
    private record Stamp(
            FileTime modified, long size, @Nullable Object key) {}

    private final ConfigOrigin origin;
    private final Consumer<CoppiceConfig> taker;
    private final LongSupplier clock;
    private volatile CoppiceConfig current;

    // Only while this is held.
    private Map<String, String> orders = Map.of();
    private @Nullable Stamp seen;
    private @Nullable String said;
    private List<String> needingRestart = List.of();

    /**
     * @param taker has the node's parts go by another configuration; no two are told at a time
     * @param clock milliseconds since 1970, by which the file system goes too
     */
    LiveConfiguration(CoppiceConfig first, Consumer<CoppiceConfig> taker, LongSupplier clock) {
        this.origin = first.origin();
        this.current = first;
        this.taker = taker;
        this.clock = clock;
    }

    CoppiceConfig current() {
        return current;
    }

    @Override
    public List<Setting> settings() {
        return current.settings();
    }

    @Override
    public void check(Map<String, String> wanted) throws ConfigException {
        origin.again(wanted);
    }

    @Override
    public synchronized void follow(Map<String, String> wanted) throws ConfigException {
        take(origin.again(wanted));
        orders = Map.copyOf(wanted);
    }

    /** Takes over what the file says now, if it has changed; says in the log what is wrong with it, once. */
    synchronized void look() {
        Path file = origin.file();
        if (file == null) {
            return;
        }
        Stamp now = stamp(file);
        if (now != null && now.equals(seen)) {
            return;
        }
        try {
            take(origin.again(orders));
            said = null;
        } catch (ConfigException wrong) {
            String faults = String.join("; ", wrong.faults());
            if (!faults.equals(said)) {
                said = faults;
                LOG.error(
                        getMarker("config-reload-failed"),
                        "{} has changed, and nothing of it is taken over: {}",
                        file,
                        faults);
            }
        }
        seen = now != null && clock.getAsLong() - now.modified.toMillis() > TICK_MILLIS ? now : null;
    }

    /** As {@link #look}, whether the file has changed or not, and says in the log each time what came of it. */
    synchronized void reload() {
        if (origin.file() == null) {
            LOG.warn(getMarker("config-file-absent"), "there is no configuration file to read again");
            return;
        }
        seen = null;
        said = null;
        needingRestart = List.of();
        look();
        if (said == null) {
            LOG.info(
                    getMarker("config-reloaded"),
                    "{} has been read again{}",
                    origin.file(),
                    orders.isEmpty()
                            ? ""
                            : "; what was set by way of the API outranks it: "
                                    + String.join(", ", new TreeSet<>(orders.keySet())));
        }
    }

    private static @Nullable Stamp stamp(Path file) {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(found.lastModifiedTime(), found.size(), found.fileKey());
        } catch (IOException unreadable) {
            return null;
        }
    }

    private void take(ConfigOrigin.Again again) {
        if (!again.needingRestart().equals(needingRestart)) {
            needingRestart = again.needingRestart();
            if (!needingRestart.isEmpty()) {
                LOG.warn(
                        getMarker("config-needs-restart"),
                        "the configuration has changed where that needs a restart: {}",
                        String.join(", ", needingRestart));
            }
        }
        CoppiceConfig next = again.config();
        List<String> changed = changed(next);
        if (!changed.isEmpty()) {
            taker.accept(next);
            LOG.info(getMarker("config-changed"), "in force from now on: {}", String.join(", ", changed));
        }
        current = next;
    }

    private List<String> changed(CoppiceConfig next) {
        List<String> changed = new ArrayList<>();
        for (int i = 0; i < next.settings().size(); i++) {
            Setting former = current.settings().get(i);
            Setting latter = next.settings().get(i);
            if (!former.value().equals(latter.value())) {
                changed.add(
                        latter.key() + " " + latter.value() + " (" + latter.source() + "), before " + former.value());
            }
        }
        return changed;
    }
}
