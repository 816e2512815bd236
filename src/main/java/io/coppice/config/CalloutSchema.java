package io.coppice.config;

import io.coppice.config.CoppiceConfig.HttpCallout;
import io.coppice.config.CoppiceConfig.JwksUrl;
import io.coppice.config.CoppiceConfig.Jwt;
import io.coppice.config.CoppiceConfig.JwtAlgorithm;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The part of the {@link Schema} about those who vouch for clients elsewhere: who signs tokens, and who is asked over HTTP. */
record CalloutSchema(Schema.Values values) {
    private static final String CLAIM = "[^\\p{Cntrl}]{0,256}";

    Jwt jwt() {
        return new Jwt(
                path(
                        "security.jwt.secret-file",
                        "Key of tokens (JWT) that clients show as password, signed with HS256, HS384 or HS512: 32 bytes or more. One of "
                                + "the four sources of keys switches tokens on."),
                path(
                        "security.jwt.public-key-file",
                        "Public keys in PEM of tokens signed with RS, PS (RSA) or ES (EC)."),
                path("security.jwt.jwks-file", "Public keys of tokens as a JWK Set."),
                jwks(),
                algorithms(),
                value(
                        "security.jwt.token-bytes-max",
                        ValueType.size(256, 65_535),
                        "8KiB",
                        "Size of a token; a longer one is refused and not looked at."),
                text("security.jwt.issuer", "", "Who must have issued a token, its claim iss; empty for anybody."),
                text("security.jwt.audience", "", "Whom a token must be for, one of its claim aud; empty for anybody."),
                bool("security.jwt.require-expiry", "true", "Whether a token must say when it expires, its claim exp."),
                duration(
                        "security.jwt.leeway",
                        Duration.ZERO,
                        Duration.ofMinutes(10),
                        "30s",
                        "Time by which clocks may differ, at exp, nbf and iat."),
                claim("security.jwt.user-claim", "sub", "Claim that is the user name."),
                bool(
                        "security.jwt.match-user-name",
                        "false",
                        "Whether CONNECT must bear the user name of the token; otherwise what it bears counts for nothing."),
                text(
                        "security.jwt.client-id-claim",
                        "",
                        "Claim that the client identifier must be equal to; empty for none."),
                text(
                        "security.jwt.acl-claim",
                        "acl",
                        "Claim that says what the client may publish and read, in the place of rules from a file; empty for none."),
                bool(
                        "security.jwt.require-acl",
                        "false",
                        "Whether a token must say that; a client of one that does not is judged by the rules from a file."),
                bool("security.jwt.disconnect-at-expiry", "true", "Whether a connection ends when its token expires."));
    }

    private JwksUrl jwks() {
        return new JwksUrl(
                url("security.jwt.jwks-url", "Where public keys of tokens are fetched as a JWK Set."),
                path(
                        "security.jwt.jwks-ca-file",
                        "Authorities in PEM that the server of security.jwt.jwks-url must lead to; empty for those of Java."),
                duration(
                        "security.jwt.jwks-refresh",
                        Duration.ofSeconds(1),
                        Duration.ofDays(1),
                        "10m",
                        "Time between two fetches."),
                duration(
                        "security.jwt.jwks-refetch-min",
                        Duration.ofSeconds(1),
                        Duration.ofDays(1),
                        "30s",
                        "Least time between two fetches for a token whose key is not known, or after one that failed."),
                duration(
                        "security.jwt.jwks-stale-max",
                        Duration.ZERO,
                        Duration.ofDays(30),
                        "1h",
                        "Time for which keys are used after they should have been fetched anew; then no token is taken."),
                duration(
                        "security.jwt.jwks-timeout",
                        Duration.ofMillis(100),
                        Duration.ofMinutes(1),
                        "5s",
                        "Time that one fetch may take."),
                value(
                        "security.jwt.jwks-bytes-max",
                        ValueType.size(1_024, 16 << 20),
                        "256KiB",
                        "Size of a JWK Set, fetched or in a file."));
    }

    private List<JwtAlgorithm> algorithms() {
        String all = Arrays.stream(JwtAlgorithm.values()).map(Enum::name).collect(Collectors.joining(","));
        return value(
                "security.jwt.algorithms",
                ValueType.listOfSome(
                        "one or more of " + all,
                        text -> Arrays.stream(JwtAlgorithm.values())
                                .filter(each -> each.name().equals(text))
                                .findFirst()),
                all,
                "Algorithms that a token may be signed with; of these a key takes those of its own kind only.");
    }

    HttpCallout http() {
        return new HttpCallout(
                url(
                        "security.http.authn-url",
                        "Who is asked by POST who a client is that nobody before knows; empty for nobody."),
                url(
                        "security.http.authz-url",
                        "Who is asked by POST what a client may do, topic by topic, before the rules are; empty for nobody. What nobody allows "
                                + "is refused then."),
                path(
                        "security.http.ca-file",
                        "Authorities in PEM that the servers of these two must lead to; empty for those of Java."),
                path(
                        "security.http.token-file",
                        "File whose first line is sent as bearer token, read anew when it has changed; empty for none."),
                duration(
                        "security.http.timeout",
                        Duration.ofMillis(100),
                        Duration.ofMinutes(1),
                        "5s",
                        "Time that one answer may take; without one the answer is no."),
                integer(
                        "security.http.concurrent-max",
                        1,
                        10_000,
                        "64",
                        "Questions under way at the same time, to each of the two."),
                integer(
                        "security.http.waiting-max",
                        1,
                        1_000_000,
                        "1000",
                        "Questions that wait for that; one more is answered 0x89, Server busy, or no where it is about a right."),
                duration(
                        "security.http.cache-time",
                        Duration.ZERO,
                        Duration.ofDays(1),
                        "1m",
                        "Time for which an answer is good, so that clients can come back all at once; 0 for none."),
                duration(
                        "security.http.authz-cache-time",
                        Duration.ofSeconds(1),
                        Duration.ofDays(1),
                        "1m",
                        "Time for which an answer about a right is good; a subscription is asked about again before it is over."),
                duration(
                        "security.http.authz-stale-max",
                        Duration.ZERO,
                        Duration.ofDays(1),
                        "5m",
                        "Time for which a subscription that was granted goes on after that where there is no answer; then it ends."),
                integer(
                        "security.http.cache-entries-max",
                        1,
                        10_000_000,
                        "100000",
                        "Answers that are remembered, of those that let in or allow, and as many of others; for each of the two."),
                value(
                        "security.http.answer-bytes-max",
                        ValueType.size(256, 16 << 20),
                        "64KiB",
                        "Size of an answer; a longer one is a failure."),
                integer(
                        "security.http.breaker-failures",
                        1,
                        1_000_000,
                        "5",
                        "Failures one after the other, after which nobody is asked for a time."),
                duration(
                        "security.http.breaker-time",
                        Duration.ofMillis(100),
                        Duration.ofHours(1),
                        "10s",
                        "That time; after it one question is tried before others follow."));
    }

    /** What is said may be a password, and what is answered decides who enters: in clear it may only stay on the machine. */
    private String url(String name, String documentation) {
        return value(
                name,
                new ValueType<>(
                        "an https URL, or an http URL of this machine, without user and fragment",
                        text -> text.isEmpty() || isSafe(text) ? Optional.of(text) : Optional.empty(),
                        false,
                        Shown::url),
                "",
                documentation);
    }

    private static boolean isSafe(String text) {
        try {
            URI url = new URI(text);
            String host = url.getHost();
            if (host == null || url.getRawUserInfo() != null || url.getRawFragment() != null) {
                return false;
            }
            String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            return "https".equalsIgnoreCase(url.getScheme())
                    || "http".equalsIgnoreCase(url.getScheme()) && Hosts.isLoopback(bare);
        } catch (URISyntaxException malformed) {
            return false;
        }
    }

    private String path(String name, String documentation) {
        return value(name, ValueType.path(), "", documentation);
    }

    private String text(String name, String byDefault, String documentation) {
        return value(
                name,
                ValueType.text("up to 256 characters without control characters", CLAIM),
                byDefault,
                documentation);
    }

    private String claim(String name, String byDefault, String documentation) {
        return value(
                name,
                ValueType.text("1 to 256 characters without control characters", "[^\\p{Cntrl}]{1,256}"),
                byDefault,
                documentation);
    }

    private boolean bool(String name, String byDefault, String documentation) {
        return value(name, ValueType.bool(), byDefault, documentation);
    }

    private int integer(String name, int min, int max, String byDefault, String documentation) {
        return value(name, ValueType.integer(min, max), byDefault, documentation);
    }

    private Duration duration(String name, Duration min, Duration max, String byDefault, String documentation) {
        return value(name, ValueType.duration(min, max), byDefault, documentation);
    }

    private <T> T value(String name, ValueType<T> type, String byDefault, String documentation) {
        return values.of(new Key<>(name, type, byDefault, documentation));
    }
}
