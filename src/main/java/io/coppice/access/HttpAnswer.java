package io.coppice.access;

import com.nimbusds.jose.util.JSONObjectUtils;
import io.coppice.access.Authenticator.Opinion;
import io.coppice.access.HttpCalls.Answer;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Gatekeeper.Identity;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is asked over HTTP about a client, as JSON, and what the answers mean. */
final class HttpAnswer {
    private HttpAnswer() {}

    /** The question; the same client asks the same, whatever port it comes from. */
    static byte[] question(Credentials shown) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("clientid", shown.clientId());
        put(fields, "username", shown.userName());
        byte[] password = shown.password();
        if (password != null) {
            String text = text(password);
            fields.put(
                    text == null ? "password_base64" : "password",
                    text == null ? Base64.getEncoder().encodeToString(password) : text);
        }
        fields.put("peerhost", host(shown.remoteAddress()));
        fields.put("listener", shown.listener());
        if (shown.certificate() != null) {
            put(fields, "cert_common_name", shown.certificate().commonName());
            fields.put("cert_subject", shown.certificate().subject());
        }
        return JSONObjectUtils.toJSONString(fields).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The question whether a client may do something, to be added to.
     *
     * @param action {@code publish} or {@code subscribe}
     * @param topic or filter, of a shared subscription the one inside
     */
    static Map<String, Object> question(Identity who, String action, String topic, int qos) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("action", action);
        fields.put("topic", topic);
        fields.put("qos", qos);
        fields.put("clientid", who.clientId());
        put(fields, "username", who.userName());
        fields.put("peerhost", host(who.remoteAddress()));
        fields.put("listener", who.listener());
        if (who.certificate() != null) {
            put(fields, "cert_common_name", who.certificate().commonName());
            fields.put("cert_subject", who.certificate().subject());
        }
        return fields;
    }

    private static void put(Map<String, Object> fields, String name, @Nullable String value) {
        if (value != null) {
            fields.put(name, value);
        }
    }

    private static String host(String address) {
        int colon = address.lastIndexOf(':');
        String host = colon < 0 ? address : address.substring(0, colon);
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static @Nullable String text(byte[] utf8) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException binary) {
            return null;
        }
    }

    /**
     * What an answer means.
     *
     * @param filtersMax that it may give
     * @param now milliseconds since the epoch
     * @throws IllegalArgumentException where it means nothing, with why
     */
    static Opinion opinion(Answer answer, Credentials shown, int filtersMax, long now) {
        return switch (answer.status()) {
            case 204 -> Opinion.vouched(shown.userName());
            case 401, 403 -> denied(shown);
            case 200 -> opinion(parsed(answer.body()), shown, filtersMax, now);
            default -> throw new IllegalArgumentException("status " + answer.status());
        };
    }

    /**
     * What an answer about rights means.
     *
     * @throws IllegalArgumentException where it means nothing, with why
     */
    static Callout.Decision decision(Answer answer) {
        return switch (answer.status()) {
            case 204 -> Callout.Decision.ALLOW;
            case 401, 403 -> Callout.Decision.DENY;
            case 200 -> decision(parsed(answer.body()).get("result"));
            default -> throw new IllegalArgumentException("status " + answer.status());
        };
    }

    private static Callout.Decision decision(@Nullable Object result) {
        if ("allow".equals(result)) {
            return Callout.Decision.ALLOW;
        }
        if ("deny".equals(result)) {
            return Callout.Decision.DENY;
        }
        if ("ignore".equals(result)) {
            return Callout.Decision.IGNORE;
        }
        throw new IllegalArgumentException("a result that is none of allow, deny and ignore");
    }

    /** What counts as a wrong password is only what somebody has tried one with. */
    private static Opinion denied(Credentials shown) {
        return shown.userName() != null || shown.password() != null
                ? Opinion.REFUSED
                : new Opinion(ReasonCode.NOT_AUTHORIZED, null);
    }

    private static Map<String, Object> parsed(byte[] body) {
        String text = text(body);
        if (text == null) {
            throw new IllegalArgumentException("an answer that is not UTF-8");
        }
        try {
            return JSONObjectUtils.parse(text);
        } catch (ParseException malformed) {
            throw new IllegalArgumentException("an answer that is no JSON object"); // its text is the other side's
        }
    }

    private static Opinion opinion(Map<String, Object> answer, Credentials shown, int filtersMax, long now) {
        if ("deny".equals(answer.get("result"))) {
            return denied(shown);
        }
        if ("ignore".equals(answer.get("result"))) {
            return Opinion.NONE;
        }
        if (!"allow".equals(answer.get("result"))) {
            throw new IllegalArgumentException("a result that is none of allow, deny and ignore");
        }
        long until = until(answer);
        if (until <= now) {
            return denied(shown);
        }
        return new Opinion(ReasonCode.SUCCESS, shown.userName(), new Granted(until, rules(answer, filtersMax)));
    }

    private static @Nullable RuleBook rules(Map<String, Object> answer, int filtersMax) {
        Object superuser = answer.getOrDefault("is_superuser", false);
        if (!(superuser instanceof Boolean)) {
            throw new IllegalArgumentException("is_superuser that is neither true nor false");
        }
        RuleBook rules = answer.containsKey("acl") ? GrantedRules.of(answer.get("acl"), filtersMax) : null;
        return superuser.equals(true) ? GrantedRules.everything() : rules;
    }

    private static long until(Map<String, Object> answer) {
        if (!answer.containsKey("expire_at")) {
            return Long.MAX_VALUE;
        }
        if (!(answer.get("expire_at") instanceof Number seconds)) {
            throw new IllegalArgumentException("expire_at that is no number of seconds");
        }
        return Math.min(Math.max(seconds.longValue(), 0), TokenCheck.LATEST_SECONDS) * 1_000;
    }
}
