package io.coppice.observe;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a request shows of who asks (RFC 9110, 11.6.2). Holds secrets, so it is never logged. */
sealed interface Authorization {
    /** Nothing at all. */
    record None() implements Authorization {}

    /** Something that cannot be right: of another scheme, or not as its scheme wants it. */
    record Unreadable() implements Authorization {}

    /** {@code Basic} (RFC 7617). */
    record Password(String user, byte[] password) implements Authorization {
        @Override
        public String toString() {
            return "Password";
        }
    }

    /** {@code Bearer} (RFC 6750). */
    record Token(String token) implements Authorization {
        @Override
        public String toString() {
            return "Token";
        }
    }

    static Authorization of(HttpServerRequest request) {
        List<String> shown = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        if (shown.isEmpty()) {
            return new None();
        }
        String header = shown.get(0);
        int space = header.indexOf(' ');
        if (shown.size() > 1 || space < 0) {
            return new Unreadable();
        }
        String rest = header.substring(space + 1).strip();
        return switch (header.substring(0, space).toLowerCase(Locale.ROOT)) {
            case "basic" -> password(rest);
            case "bearer" -> rest.isEmpty() ? new Unreadable() : new Token(rest);
            default -> new Unreadable();
        };
    }

    private static Authorization password(String base64) {
        try {
            byte[] pair = Base64.getDecoder().decode(base64);
            int colon = 0;
            while (colon < pair.length && pair[colon] != ':') {
                colon++;
            }
            String user = user(pair, colon);
            return colon == pair.length || user == null
                    ? new Unreadable()
                    : new Password(user, Arrays.copyOfRange(pair, colon + 1, pair.length));
        } catch (IllegalArgumentException notBase64) {
            return new Unreadable();
        }
    }

    private static @Nullable String user(byte[] pair, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(pair, 0, length))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return null;
        }
    }
}
