package io.coppice.access;

import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Loop;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One exchange of SCRAM-SHA-256 (RFC 5802, RFC 7677): the client says its name, is given a salt, and proves that it has the password;
 * the server proves that it knows of it. Costs the server a few hashes, so it needs no thread of its own.
 */
final class ScramExchange implements Gatekeeper.Exchange {
    static final String METHOD = "SCRAM-SHA-256";

    private static final int MESSAGE_BYTES_MAX = 4_096;
    private static final int NONCE_BYTES = 24;
    private static final String NONCE = "[\\x21-\\x2B\\x2D-\\x7E]{1,512}";

    /** Without channel binding; with the name that it acts for, the same as its own, or none. Extensions that are not mandatory are passed over. */
    private static final Pattern FIRST = Pattern.compile(
            "(?<header>[ny],(a=(?<acting>[^,\\x00]{1,2048}))?,)(?<bare>n=(?<name>[^,\\x00]{1,2048}),r=(?<nonce>" + NONCE
                    + ")(,[A-Za-z]=[^,\\x00]+)*)");

    private static final Pattern LAST = Pattern.compile("(?<said>c=(?<header>[A-Za-z0-9+/=]{1,4096}),r=(?<nonce>"
            + NONCE + ")(,[A-Za-z]=[^,\\x00]+)*?),p=(?<proof>[A-Za-z0-9+/=]{1,128})");

    private final Credentials credentials;
    private final Function<String, @Nullable ScramSha256> users;
    private final Supplier<String> nonces;
    private @Nullable String user;
    /** What the second message of the client is judged by; null before the first one. */
    private @Nullable Asked asked;

    private record Asked(ScramSha256 keys, String header, String bare, String serverFirst, String nonce) {}

    /**
     * An exchange that begins.
     *
     * @param users what a user's proof is checked against; null where there is nothing for anybody
     * @param nonces gives what nobody has been given before and nobody can guess
     */
    ScramExchange(Credentials credentials, Function<String, @Nullable ScramSha256> users, Supplier<String> nonces) {
        this.credentials = credentials;
        this.users = users;
        this.nonces = nonces;
    }

    /** Nonces by chance. */
    static Supplier<String> nonces(SecureRandom random) {
        return () -> {
            byte[] chance = new byte[NONCE_BYTES];
            random.nextBytes(chance);
            return Base64.getEncoder().encodeToString(chance);
        };
    }

    @Override
    public @Nullable String userName() {
        return user;
    }

    @Override
    public void next(byte @Nullable [] clientData, Loop loop, Consumer<Step> then) {
        Asked before = asked;
        asked = null;
        String said = text(clientData);
        Step step = said == null ? null : before == null ? first(said) : last(said, before);
        then.accept(step == null ? new Step(ReasonCode.BAD_USER_NAME_OR_PASSWORD, null, null) : step);
    }

    private @Nullable Step first(String said) {
        Matcher message = FIRST.matcher(said);
        String name = message.matches() ? unescaped(message.group("name")) : null;
        if (name == null || user != null) { // an exchange has one first message
            return null;
        }
        user = name;
        String acting = message.group("acting");
        ScramSha256 keys = users.apply(name);
        if (keys == null || (acting != null && !name.equals(unescaped(acting)))) {
            return null;
        }
        String nonce = message.group("nonce") + nonces.get();
        String salt = Base64.getEncoder().encodeToString(keys.salt());
        String answer = "r=" + nonce + ",s=" + salt + ",i=" + keys.iterations();
        asked = new Asked(keys, message.group("header"), message.group("bare"), answer, nonce);
        return new Step(ReasonCode.CONTINUE_AUTHENTICATION, answer.getBytes(StandardCharsets.UTF_8), null);
    }

    private @Nullable Step last(String said, Asked before) {
        Matcher message = LAST.matcher(said);
        if (!message.matches() || !message.group("nonce").equals(before.nonce())) {
            return null;
        }
        byte[] header = decoded(message.group("header"));
        byte[] proof = decoded(message.group("proof"));
        String authMessage = before.bare() + "," + before.serverFirst() + "," + message.group("said");
        byte[] signed = authMessage.getBytes(StandardCharsets.UTF_8);
        boolean right = header != null
                && proof != null
                && before.header().equals(new String(header, StandardCharsets.UTF_8))
                && before.keys().proves(proof, signed);
        if (!right) {
            return null;
        }
        String answer = "v=" + Base64.getEncoder().encodeToString(before.keys().serverSignature(signed));
        return new Step(ReasonCode.SUCCESS, answer.getBytes(StandardCharsets.UTF_8), Identity.of(credentials, user));
    }

    private static @Nullable String text(byte @Nullable [] data) {
        if (data == null || data.length > MESSAGE_BYTES_MAX) {
            return null;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(data))
                    .toString();
        } catch (CharacterCodingException notText) {
            return null;
        }
    }

    /** A name without its escapes; null where one is none. */
    private static @Nullable String unescaped(String name) {
        return name.replace("=2C", "").replace("=3D", "").indexOf('=') >= 0
                ? null
                : name.replace("=2C", ",").replace("=3D", "=");
    }

    private static byte @Nullable [] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException broken) {
            return null;
        }
    }
}
