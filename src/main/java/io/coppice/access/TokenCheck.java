package io.coppice.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.coppice.access.Authenticator.Opinion;
import io.coppice.config.CoppiceConfig.Jwt;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Gatekeeper.Credentials;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a signed token says of the client that shows it (RFC 7519, RFC 7515 compact serialization). Only the header's alg and kid
 * are heeded: keys, and where to find some, are never taken from a token.
 */
final class TokenCheck {
    /** Why a token is refused. */
    enum Fault {
        TOO_LARGE,
        MALFORMED,
        ALGORITHM,
        UNKNOWN_KEY,
        SIGNATURE,
        EXPIRED,
        NOT_YET,
        ISSUER,
        AUDIENCE,
        USER,
        CLIENT_ID,
        RIGHTS;

        /** Whether the client may have made it up; otherwise somebody who is trusted has signed it. */
        boolean isForgery() {
            return compareTo(SIGNATURE) <= 0;
        }

        Opinion opinion() {
            return isForgery() ? Opinion.REFUSED : new Opinion(ReasonCode.NOT_AUTHORIZED, null);
        }
    }

    /**
     * What came of it.
     *
     * @param fault null for a token that is right
     */
    record Outcome(Opinion opinion, @Nullable Fault fault) {
        Outcome(Fault fault) {
            this(fault.opinion(), fault);
        }
    }

    /** Seconds since the epoch: the end of the year 9999. */
    static final long LATEST_SECONDS = 253_402_300_799L;

    private final Jwt settings;
    private final Set<JWSAlgorithm> algorithms;
    private final int filtersMax;

    /** @param filtersMax that a token may give */
    TokenCheck(Jwt settings, int filtersMax) {
        this.settings = settings;
        this.algorithms = settings.algorithms().stream()
                .map(each -> new JWSAlgorithm(each.name()))
                .collect(Collectors.toUnmodifiableSet());
        this.filtersMax = filtersMax;
    }

    /** Whether a password has the form of a token: three parts with dots between, of which the first is a header that names an algorithm. */
    static boolean isToken(byte[] password) {
        int dots = 0;
        int first = -1;
        for (int i = 0; i < password.length; i++) {
            byte each = password[i];
            if (each == '.') {
                first = dots++ == 0 ? i : first;
            } else if (!isBase64Url(each)) {
                return false;
            }
        }
        if (dots != 2) {
            return false;
        }
        try {
            byte[] header = Base64.getUrlDecoder().decode(Arrays.copyOf(password, first));
            String text = new String(header, StandardCharsets.UTF_8).strip();
            return text.startsWith("{") && text.endsWith("}") && text.contains("\"alg\"");
        } catch (IllegalArgumentException noBase64) {
            return false;
        }
    }

    private static boolean isBase64Url(byte each) {
        return each >= 'A' && each <= 'Z'
                || each >= 'a' && each <= 'z'
                || each >= '0' && each <= '9'
                || each == '-'
                || each == '_';
    }

    /** @param now milliseconds since the epoch */
    Outcome check(byte[] password, Credentials shown, KeySet keys, long now) {
        if (password.length > settings.tokenBytesMax()) {
            return new Outcome(Fault.TOO_LARGE);
        }
        try {
            SignedJWT token = SignedJWT.parse(new String(password, StandardCharsets.US_ASCII));
            Fault fault = signatureFault(token, keys);
            return fault == null ? claims(token.getJWTClaimsSet(), shown, now) : new Outcome(fault);
        } catch (ParseException | IllegalArgumentException malformed) {
            return new Outcome(Fault.MALFORMED);
        }
    }

    private @Nullable Fault signatureFault(SignedJWT token, KeySet keys) {
        JWSAlgorithm algorithm = token.getHeader().getAlgorithm();
        if (!algorithms.contains(algorithm)) {
            return Fault.ALGORITHM;
        }
        List<JWSVerifier> candidates = keys.fitting(algorithm, token.getHeader().getKeyID());
        if (candidates.isEmpty()) {
            return Fault.UNKNOWN_KEY;
        }
        for (JWSVerifier candidate : candidates) {
            try {
                if (token.verify(candidate)) {
                    return null;
                }
            } catch (JOSEException | IllegalStateException unfit) {
                // Another one may fit.
            }
        }
        return Fault.SIGNATURE;
    }

    private Outcome claims(@Nullable JWTClaimsSet claims, Credentials shown, long now) throws ParseException {
        if (claims == null) {
            return new Outcome(Fault.MALFORMED);
        }
        Fault fault = timeFault(claims, now);
        if (fault == null) {
            fault = addresseeFault(claims);
        }
        String user = fault == null ? text(claims, settings.userClaim()) : null;
        if (fault == null && !isUser(user, shown)) {
            fault = Fault.USER;
        }
        String claimed = settings.clientIdClaim();
        if (fault == null && !claimed.isEmpty() && !shown.clientId().equals(text(claims, claimed))) {
            fault = Fault.CLIENT_ID;
        }
        return fault == null ? granted(claims, user) : new Outcome(fault);
    }

    private @Nullable Fault timeFault(JWTClaimsSet claims, long now) {
        long leeway = settings.leeway().toMillis();
        Date expires = claims.getExpirationTime();
        if (expires == null ? settings.expiryRequired() : millis(expires) + leeway <= now) {
            return Fault.EXPIRED;
        }
        boolean early =
                isAfter(claims.getNotBeforeTime(), now + leeway) || isAfter(claims.getIssueTime(), now + leeway);
        return early ? Fault.NOT_YET : null;
    }

    private static boolean isAfter(@Nullable Date date, long millis) {
        return date != null && millis(date) > millis;
    }

    private static long millis(Date date) {
        return Math.min(date.getTime(), LATEST_SECONDS * 1_000);
    }

    private @Nullable Fault addresseeFault(JWTClaimsSet claims) {
        if (!settings.issuer().isEmpty() && !settings.issuer().equals(claims.getIssuer())) {
            return Fault.ISSUER;
        }
        boolean forUs = settings.audience().isEmpty() || claims.getAudience().contains(settings.audience());
        return forUs ? null : Fault.AUDIENCE;
    }

    private boolean isUser(@Nullable String user, Credentials shown) {
        return user != null && Names.isUsable(user) && (!settings.userNameMatches() || user.equals(shown.userName()));
    }

    private static @Nullable String text(JWTClaimsSet claims, String name) {
        return claims.getClaim(name) instanceof String text ? text : null;
    }

    private Outcome granted(JWTClaimsSet claims, @Nullable String user) {
        String claimed = settings.aclClaim();
        boolean says = !claimed.isEmpty() && claims.getClaims().containsKey(claimed);
        if (!says && settings.aclRequired()) {
            return new Outcome(Fault.RIGHTS);
        }
        RuleBook rules;
        try {
            rules = says ? GrantedRules.of(claims.getClaim(claimed), filtersMax) : null;
        } catch (IllegalArgumentException wrong) {
            return new Outcome(Fault.RIGHTS);
        }
        Date expires = claims.getExpirationTime();
        long until = expires == null || !settings.disconnectAtExpiry()
                ? Long.MAX_VALUE
                : millis(expires) + settings.leeway().toMillis();
        return new Outcome(new Opinion(ReasonCode.SUCCESS, user, new Granted(until, rules)), null);
    }
}
