package io.coppice.access;

import io.coppice.config.ConfigException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/** Keys from a file, as it is now. */
final class KeyFile implements TokenKeys {
    private final WatchedFile<KeySet> file;

    /**
     * Reads the file.
     *
     * @param reader throws IllegalArgumentException with what is wrong
     * @throws ConfigException if it is not as it should be
     */
    KeyFile(Path path, int bytesMax, Function<byte[], KeySet> reader) throws ConfigException {
        file = new WatchedFile<>(
                path, bytesMax, (from, content) -> parse(from, content, reader), () -> {}, System::currentTimeMillis);
    }

    private static KeySet parse(Path path, byte[] content, Function<byte[], KeySet> reader) throws ConfigException {
        try {
            return reader.apply(content);
        } catch (IllegalArgumentException wrong) {
            throw new ConfigException(List.of(path + ": " + wrong.getMessage()));
        }
    }

    @Override
    public KeySet inForce(long now) {
        return file.value();
    }

    @Override
    public void refresh() {
        file.look();
    }
}
