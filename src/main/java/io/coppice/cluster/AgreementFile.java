package io.coppice.cluster;

import io.coppice.file.WholeFile;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a node has promised and taken, on its disk: written anew each time, and there when it is whole. */
final class AgreementFile implements Acceptor.Shelf {
    static final String NAME = "cluster-size.json";
    /** More than a thousand names take. */
    private static final long BYTES_MAX = 1 << 20;

    private final Path path;

    AgreementFile(Path directory) {
        this.path = directory.resolve(NAME);
    }

    /**
     * As it was kept last.
     *
     * @param expectedSize of a cluster that is still to be founded
     * @throws JoinRefused where it does not read: a node that forgets what a majority is must not count
     */
    Vote read(int expectedSize) throws JoinRefused {
        try {
            if (!Files.exists(path)) {
                return Acceptor.none(expectedSize);
            }
            if (Files.size(path) > BYTES_MAX) {
                throw refused("is larger than " + BYTES_MAX + " bytes", null);
            }
            return VoteJson.vote(new JsonObject(Files.readString(path)));
        } catch (IOException unreadable) {
            throw refused("cannot be read: " + unreadable, unreadable);
        } catch (DecodeException odd) {
            throw refused("does not read as the size of a cluster", odd);
        }
    }

    private JoinRefused refused(String what, @Nullable Exception cause) {
        String text = path + ": " + what
                + "; allowed: as a node has written it, or no such file where the others of the cluster "
                + "are at work and tell it";
        return cause == null ? new JoinRefused(text) : new JoinRefused(text, cause);
    }

    @Override
    public void keep(Vote state) {
        try {
            Files.createDirectories(Objects.requireNonNull(path.toAbsolutePath().getParent()));
            WholeFile.write(path, out -> out.write(VoteJson.of(state).encode().getBytes(StandardCharsets.UTF_8)));
        } catch (IOException fault) {
            throw new UncheckedIOException(path + " cannot be written", fault);
        }
    }
}
