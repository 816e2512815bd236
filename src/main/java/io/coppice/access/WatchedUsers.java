package io.coppice.access;

import io.coppice.config.ConfigException;
import java.nio.file.Path;

/** The users of a password file, as it is now. */
final class WatchedUsers implements Users {
    private final WatchedFile<PasswordFile> file;
    private final boolean alone;

    /**
     * Reads the file.
     *
     * @param alone whether nobody else knows users, so that all who say a name are to be found here
     * @param changed run after other users have taken the place of those before
     * @throws ConfigException if it is not as it should be
     */
    WatchedUsers(Path path, boolean alone, Runnable changed) throws ConfigException {
        this.alone = alone;
        file = new WatchedFile<>(path, PasswordFile.BYTES_MAX, PasswordFile::parse, changed, System::currentTimeMillis);
    }

    /** The file as it is now. */
    PasswordFile passwords() {
        return file.value();
    }

    /** Where others are asked too, the time tells who is in the file. */
    @Override
    public boolean knows(String user) {
        return alone || file.value().has(user);
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
