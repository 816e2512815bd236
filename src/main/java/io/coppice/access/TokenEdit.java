package io.coppice.access;

import io.coppice.config.ConfigException;
import io.coppice.file.WholeFile;
import io.coppice.port.AdminRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A file of tokens of the admin port that is being changed. Other lines stay as they are. */
public final class TokenEdit {
    private static final int CHANCE_BYTES = 32;

    /**
     * What can be told of a token.
     *
     * @param until as it stands there: a time, or {@code never}
     */
    public record Entry(String name, String role, String until) {}

    private final Path path;
    private final List<String> lines;

    private TokenEdit(Path path, List<String> lines) {
        this.path = path;
        this.lines = lines;
    }

    /**
     * What a file says; nothing where there is none.
     *
     * @throws ConfigException if it is there and not as it should be
     */
    public static TokenEdit open(Path path) throws ConfigException {
        try {
            Path real = Files.exists(path) ? path.toRealPath() : path; // a link stays one
            byte[] content = WatchedFile.read(real, AdminLines.BYTES_MAX);
            AdminTokens.parse(path, content);
            return new TokenEdit(real, new ArrayList<>(Lines.of(path, content)));
        } catch (NoSuchFileException missing) {
            return new TokenEdit(path, new ArrayList<>());
        } catch (IOException e) {
            throw new ConfigException(List.of(WatchedFile.unreadable(path, e)));
        }
    }

    /** The tokens in their order. */
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        for (String line : lines) {
            if (!line.isBlank() && !line.startsWith("#")) {
                String[] parts = line.split(":", 5);
                entries.add(new Entry(parts[0], parts[1], parts[4]));
            }
        }
        return entries;
    }

    /**
     * Makes a token.
     *
     * @param until null for one without end
     * @return the token itself, which is kept nowhere
     * @throws IllegalArgumentException if the name is not allowed or has a token already
     */
    public String create(String name, AdminRole role, @Nullable Instant until) {
        String wrong = PasswordFile.wrongName(name);
        if (wrong != null) {
            throw new IllegalArgumentException(wrong);
        }
        if (indexOf(name) >= 0) {
            throw new IllegalArgumentException(
                    name + " has a token already; allowed: another name, or to revoke it first");
        }
        byte[] chance = new byte[CHANCE_BYTES];
        new SecureRandom().nextBytes(chance);
        String token =
                AdminTokens.PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(chance);
        lines.add(AdminTokens.line(name, role, token, until));
        return token;
    }

    /** @return whether there was one of this name */
    public boolean revoke(String name) {
        int at = indexOf(name);
        if (at >= 0) {
            lines.remove(at);
        }
        return at >= 0;
    }

    private int indexOf(String name) {
        for (int at = 0; at < lines.size(); at++) {
            if (lines.get(at).startsWith(name + ":")) {
                return at;
            }
        }
        return -1;
    }

    /**
     * Puts the new file in the place of the old one, see {@link WholeFile}; its owner, group and mode stay.
     *
     * @throws IOException if that cannot be; then the old one is as it was
     */
    public void save() throws IOException {
        WholeFile.rewrite(path, lines);
    }
}
