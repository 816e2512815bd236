package io.coppice.access;

import io.coppice.config.ConfigException;
import java.nio.file.Path;

/** The users of a password file, as it is now. */
final class WatchedUsers implements Users {
    private final WatchedFile<PasswordFile> file;

    /**
     * Reads the file.
     *
     * @param changed run after other users have taken the place of those before
     * @throws ConfigException if it is not as it should be
     */
    WatchedUsers(Path path, Runnable changed) throws ConfigException {
        file = new WatchedFile<>(
                path, PasswordFile.BYTES_MAX, PasswordFile::parse, changed, System::currentTimeMillis);
    }

    @Override
    public boolean matches(String user, byte[] password) {
        return file.value().matches(user, password);
    }

    @Override
    public void refresh() {
        file.look();
    }
}
