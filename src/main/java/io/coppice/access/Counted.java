package io.coppice.access;

import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Figure;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Counts what an authenticator says. */
final class Counted implements Authenticator {
    private enum Said {
        ALLOW,
        DENY,
        UNKNOWN,
        BUSY,
        UNAVAILABLE;

        static Said of(Opinion opinion) {
            ReasonCode reason = opinion.reasonCode();
            if (reason == null) {
                return UNKNOWN;
            }
            return switch (reason) {
                case SUCCESS -> ALLOW;
                case SERVER_BUSY -> BUSY;
                case SERVER_UNAVAILABLE -> UNAVAILABLE;
                default -> DENY;
            };
        }
    }

    private final Authenticator counted;
    private final String means;
    private final Tally<Said> said = new Tally<>(Said.class);

    /** @param means what a metric calls it */
    Counted(Authenticator counted, String means) {
        this.counted = counted;
        this.means = means;
    }

    @Override
    public void judge(Credentials credentials, Loop loop, Consumer<Opinion> then) {
        counted.judge(credentials, loop, opinion -> {
            said.add(Said.of(opinion));
            then.accept(opinion);
        });
    }

    @Override
    public void withdraw(Credentials credentials) {
        counted.withdraw(credentials);
    }

    @Override
    public int waiting() {
        return counted.waiting();
    }

    @Override
    public void refresh() {
        counted.refresh();
    }

    @Override
    public List<Figure> figures() {
        List<Figure> all = new ArrayList<>(said.figures(
                "mqtt.authn.asked", "What each means of authentication said", "result", Map.of("means", means)));
        all.addAll(counted.figures());
        return all;
    }
}
