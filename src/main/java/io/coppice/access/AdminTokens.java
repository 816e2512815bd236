package io.coppice.access;

import io.coppice.config.ConfigException;
import io.coppice.port.AdminGate.Operator;
import io.coppice.port.AdminGate.Proof;
import io.coppice.port.AdminRole;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The bearer tokens of the admin port: one a line, {@code name:role:sha256:hash:expiry}. Of a token there is its hash only;
 * since it is 32 bytes of chance, nobody finds it from that, however fast it is. Immutable.
 */
final class AdminTokens {
    static final String FORM =
            "name:role:sha256:64 hexadecimal digits:never, or when it ends such as 2030-01-31T00:00:00Z";
    static final String NEVER = "never";
    /** By which tools that look for secrets in the wrong places know one. */
    static final String PREFIX = "coppice_";

    private static final int LENGTH_MAX = 256;
    private static final Pattern REST = Pattern.compile("sha256:([0-9a-f]{64}):(\\S{1,64})");

    /** @param until null for one without end */
    private record Token(
            Operator who, byte[] hash, @Nullable Instant until) {}

    private final Map<String, Token> byHash;

    private AdminTokens(Map<String, Token> byHash) {
        this.byHash = byHash;
    }

    /**
     * What a file says.
     *
     * @param path for the faults
     * @throws ConfigException if a line is wrong, or a name or token stands there twice
     */
    static AdminTokens parse(Path path, byte[] content) throws ConfigException {
        Map<String, Token> byHash = new HashMap<>();
        AdminLines.read(path, content, FORM, (name, role, rest) -> {
            Matcher form = REST.matcher(rest);
            if (!form.matches()) {
                throw new IllegalArgumentException("the line is not that of a token; allowed: " + FORM);
            }
            Operator who = new Operator(name, Proof.TOKEN, role);
            byte[] hash = HexFormat.of().parseHex(form.group(1));
            if (byHash.putIfAbsent(form.group(1), new Token(who, hash, until(form.group(2)))) != null) {
                throw new IllegalArgumentException("the same token stands in an earlier line; allowed: one of its own");
            }
        });
        return new AdminTokens(byHash);
    }

    private static @Nullable Instant until(String text) {
        if (text.equals(NEVER)) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException wrong) {
            throw new IllegalArgumentException(
                    "the end of the token is no time; allowed: " + NEVER + " or one such as 2030-01-31T00:00:00Z");
        }
    }

    /** The line of a token. */
    static String line(String name, AdminRole role, String token, @Nullable Instant until) {
        return name + ":" + role.word() + ":sha256:" + HexFormat.of().formatHex(hash(token)) + ":"
                + Objects.requireNonNullElse(until, NEVER);
    }

    /** Whose token it is; null where it is nobody's, or its time is over. */
    @Nullable
    Operator who(String token, Instant now) {
        if (token.length() > LENGTH_MAX) {
            return null;
        }
        byte[] hash = hash(token);
        // Nobody who has not the token can choose the hash: how long the look-up takes tells nothing of others'.
        Token found = byHash.get(HexFormat.of().formatHex(hash));
        if (found == null || !PasswordHash.same(found.hash, hash)) {
            return null;
        }
        return found.until == null || now.isBefore(found.until) ? found.who : null;
    }

    int size() {
        return byHash.size();
    }

    private static byte[] hash(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
