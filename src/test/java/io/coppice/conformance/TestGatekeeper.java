package io.coppice.conformance;

import io.coppice.access.ChainGatekeeper;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Loop;
import io.coppice.port.Permissions;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * A doorkeeper with rules that tests can break. Everyone may enter but the users {@code stranger} (0x87) and
 * {@code banned} (0x8A), users whose password is not {@code secret} (0x86), and clients whose identifier begins with
 * {@code denied} (0x85); the user {@code broken} makes it fail.
 *
 * <p>It knows one method of enhanced authentication, {@link #METHOD}: the client begins with the number of rounds it
 * wants, is given {@code round-1}, {@code round-2} and so on, and has to answer each in capitals; at the end it is told
 * {@code welcome}. What begins with {@code slow:} is answered after a while.
 */
public final class TestGatekeeper implements Gatekeeper {
    static final String METHOD = "CAPITALS";
    static final String PASSWORD = "secret";

    private static final String SLOW = "slow:";
    private static final long SLOW_MILLIS = 300;

    private final Gatekeeper open = ChainGatekeeper.open(true);

    @Override
    public void authenticate(Credentials credentials, Loop loop, Consumer<Verdict> then) {
        ReasonCode refusal = refusal(credentials);
        if (refusal == null) {
            open.authenticate(credentials, loop, then);
        } else {
            then.accept(new Verdict(refusal, null));
        }
    }

    /** Null for who may enter. */
    private static ReasonCode refusal(Credentials credentials) {
        if (credentials.clientId().startsWith("denied")) {
            return ReasonCode.CLIENT_IDENTIFIER_NOT_VALID;
        }
        if (credentials.userName() == null) {
            return null;
        }
        return switch (credentials.userName()) {
            case "stranger" -> ReasonCode.NOT_AUTHORIZED;
            case "banned" -> ReasonCode.BANNED;
            case "broken" -> throw new IllegalStateException("a test asked for it");
            default -> text(credentials.password()).equals(PASSWORD) ? null : ReasonCode.BAD_USER_NAME_OR_PASSWORD;
        };
    }

    @Override
    public Exchange exchange(String method, Credentials credentials) {
        return method.equals(METHOD) ? new Capitals(credentials) : null;
    }

    private static final class Capitals implements Exchange {
        private final Credentials credentials;
        private int rounds = -1;
        private int round;

        Capitals(Credentials credentials) {
            this.credentials = credentials;
        }

        @Override
        public void next(byte[] clientData, Loop loop, Consumer<Step> then) {
            String said = text(clientData);
            if (said.startsWith(SLOW)) {
                Step step = step(said.substring(SLOW.length()));
                loop.after(SLOW_MILLIS, () -> then.accept(step));
            } else {
                then.accept(step(said));
            }
        }

        private Step step(String said) {
            if (rounds < 0) {
                rounds = said.matches("\\d") ? Integer.parseInt(said) : 1;
            } else if (!said.equals(challenge(round).toUpperCase(Locale.ROOT))) {
                return new Step(ReasonCode.NOT_AUTHORIZED, null, null);
            }
            if (round == rounds) {
                Identity identity = Identity.of(credentials, credentials.userName());
                return new Step(ReasonCode.SUCCESS, bytes("welcome"), identity);
            }
            round++;
            return new Step(ReasonCode.CONTINUE_AUTHENTICATION, bytes(challenge(round)), null);
        }

        private static String challenge(int round) {
            return "round-" + round;
        }
    }

    @Override
    public Permissions permissions(Identity who) {
        return open.permissions(who);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] data) {
        return data == null ? "" : new String(data, StandardCharsets.UTF_8);
    }
}
