package io.coppice.access;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.access.TokenCheck.Fault;
import io.coppice.access.TokenCheck.Outcome;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Figure;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Vouches for clients whose password is a signed token. Of a password that does not have the form of one it knows nothing. */
final class JwtAuthenticator implements Authenticator {
    private static final Logger LOG = LoggerFactory.getLogger(JwtAuthenticator.class);
    private static final Opinion BUSY = new Opinion(ReasonCode.SERVER_BUSY, null);
    private static final Opinion UNAVAILABLE = new Opinion(ReasonCode.SERVER_UNAVAILABLE, null);

    private final TokenCheck check;
    private final TokenKeys keys;
    private final CheckPool pool;
    private final Tally<Fault> faults = new Tally<>(Fault.class);

    /** @param pool on whose threads signatures are checked; others may use it too, and say how many wait */
    JwtAuthenticator(TokenCheck check, TokenKeys keys, CheckPool pool) {
        this.check = check;
        this.keys = keys;
        this.pool = pool;
    }

    @Override
    public void judge(Credentials credentials, Loop loop, Consumer<Opinion> then) {
        byte[] password = credentials.password();
        if (password == null || !TokenCheck.isToken(password)) {
            then.accept(Opinion.NONE);
            return;
        }
        Judgement judgement = new Judgement(credentials, password, loop, loop.now(), then);
        if (!pool.submit(credentials, () -> judgement.run(true))) {
            then.accept(BUSY);
        }
    }

    /** @param now when the token was shown, in milliseconds since the epoch */
    private final class Judgement {
        private final Credentials credentials;
        private final byte[] password;
        private final Loop loop;
        private final long now;
        private final Consumer<Opinion> then;

        Judgement(Credentials credentials, byte[] password, Loop loop, long now, Consumer<Opinion> then) {
            this.credentials = credentials;
            this.password = password;
            this.loop = loop;
            this.now = now;
            this.then = then;
        }

        /** @param mayRenew whether a key that is not known may be one that is new */
        void run(boolean mayRenew) {
            try {
                KeySet known = keys.inForce(now);
                Outcome outcome = known == null ? null : check.check(password, credentials, known, now);
                boolean unknown = outcome == null || outcome.fault() == Fault.UNKNOWN_KEY;
                if (unknown && mayRenew) {
                    keys.renew(known, now, renewed -> afterRenewal(renewed, outcome));
                } else {
                    say(outcome);
                }
            } catch (RuntimeException | OutOfMemoryError | StackOverflowError fault) {
                // Its text may quote what it failed at.
                LOG.error(
                        getMarker("token-check-failed"),
                        "a token could not be checked, and its client is refused: {}",
                        fault.getClass().getName());
                say(null);
            }
        }

        private void afterRenewal(boolean renewed, @Nullable Outcome before) {
            if (!renewed) {
                say(before);
            } else if (!pool.submit(credentials, () -> run(false))) {
                answer(BUSY);
            }
        }

        /** @param outcome null where there were no keys */
        private void say(@Nullable Outcome outcome) {
            if (outcome == null) {
                answer(UNAVAILABLE);
                return;
            }
            Fault fault = outcome.fault();
            if (fault != null) {
                faults.add(fault);
                LOG.debug("the token of client {} is refused: {}", Faults.shown(credentials.clientId()), fault);
            }
            answer(outcome.opinion());
        }

        private void answer(Opinion opinion) {
            try {
                loop.execute(() -> then.accept(opinion));
            } catch (RejectedExecutionException stopped) {
                LOG.debug("a token was checked for a client whose loop has stopped");
            }
        }
    }

    @Override
    public void withdraw(Credentials credentials) {
        pool.withdraw(credentials);
    }

    @Override
    public void refresh() {
        keys.refresh();
    }

    @Override
    public List<Figure> figures() {
        List<Figure> all = new ArrayList<>(
                faults.figures("mqtt.jwt.refused", "Tokens that were refused, by what was wrong", "reason", Map.of()));
        all.addAll(keys.figures());
        return all;
    }
}
