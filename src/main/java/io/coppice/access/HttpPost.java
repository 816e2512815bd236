package io.coppice.access;

import io.coppice.access.HttpCalls.Answer;
import io.coppice.config.ConfigException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Somebody who is asked by POST, and shown a bearer token where there is one. */
final class HttpPost implements HttpAuthenticator.Asked {
    private static final int TOKEN_BYTES_MAX = 64 << 10;
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private final HttpCalls calls;
    private final URI url;
    private final @Nullable WatchedFile<String> token;

    /**
     * Reads the token.
     *
     * @param tokenFile whose first line is the token; empty for none
     * @throws ConfigException if there is none in it
     */
    HttpPost(HttpCalls calls, String url, String tokenFile) throws ConfigException {
        this.calls = calls;
        this.url = URI.create(url);
        this.token = tokenFile.isEmpty()
                ? null
                : new WatchedFile<>(
                        Path.of(tokenFile), TOKEN_BYTES_MAX, HttpPost::token, () -> {}, System::currentTimeMillis);
    }

    private static String token(Path path, byte[] content) throws ConfigException {
        String first = new String(content, StandardCharsets.ISO_8859_1)
                .lines()
                .findFirst()
                .orElse("")
                .strip();
        if (!TOKEN.matcher(first).matches()) {
            throw new ConfigException(List.of(path
                    + ":1: there is no token; allowed: letters, digits and . _ ~ + / - with = at the end (RFC 6750)"));
        }
        return first;
    }

    @Override
    public void ask(byte[] question, Consumer<@Nullable Answer> then) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(question));
        if (token != null) {
            request.header("Authorization", "Bearer " + token.value());
        }
        calls.ask(request, then);
    }

    @Override
    public void refresh() {
        if (token != null) {
            token.look();
        }
    }
}
