package io.coppice.cluster;

import io.coppice.file.WholeFile;
import io.coppice.port.WireVersions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The version that a node has promised, and the one that it writes, on its disk; for its next life, and for the release before it. */
final class VersionFile implements VersionInEffect.Shelf {
    static final String NAME = "cluster-version.json";
    private static final long BYTES_MAX = 1 << 16;
    private static final String PROMISED = "promised";
    private static final String WRITTEN = "written";

    private final Path path;

    VersionFile(Path directory) {
        this.path = directory.resolve(NAME);
    }

    /**
     * As it was kept last.
     *
     * @throws JoinRefused where it does not read, or the cluster writes what this release does not read
     */
    VersionInEffect.Kept read(WireVersions known) throws JoinRefused {
        if (!Files.exists(path)) {
            return VersionInEffect.none(known);
        }
        VersionInEffect.Kept kept = parsed();
        if (kept.promised() > known.newest()) {
            throw new JoinRefused(path + ": the cluster of this node writes version " + kept.promised()
                    + ", or has agreed to; this release reads " + known.oldest() + " to " + known.newest()
                    + ". Start the release that wrote it, or a newer one.");
        }
        return new VersionInEffect.Kept(
                Math.max(kept.promised(), known.oldest()), Math.max(kept.written(), known.oldest()));
    }

    private VersionInEffect.Kept parsed() throws JoinRefused {
        try {
            if (Files.size(path) > BYTES_MAX) {
                throw refused("is larger than " + BYTES_MAX + " bytes", null);
            }
            JsonObject json = new JsonObject(Files.readString(path));
            Integer promised = json.getInteger(PROMISED);
            Integer written = json.getInteger(WRITTEN);
            if (promised == null || written == null || written > promised) {
                throw refused("does not read as the version of a cluster", null);
            }
            return new VersionInEffect.Kept(promised, written);
        } catch (IOException unreadable) {
            throw refused("cannot be read: " + unreadable, unreadable);
        } catch (DecodeException | ClassCastException odd) {
            throw refused("does not read as the version of a cluster", odd);
        }
    }

    private JoinRefused refused(String what, @Nullable Exception cause) {
        String text = path + ": " + what
                + "; allowed: as a node has written it, or no such file where the others of the cluster "
                + "are at work and tell it";
        return cause == null ? new JoinRefused(text) : new JoinRefused(text, cause);
    }

    @Override
    public void keep(VersionInEffect.Kept kept) {
        JsonObject json = new JsonObject().put(PROMISED, kept.promised()).put(WRITTEN, kept.written());
        try {
            Files.createDirectories(path.toAbsolutePath().getParent());
            WholeFile.write(path, out -> out.write(json.encode().getBytes(StandardCharsets.UTF_8)));
        } catch (IOException fault) {
            throw new UncheckedIOException(path + " cannot be written", fault);
        }
    }
}
