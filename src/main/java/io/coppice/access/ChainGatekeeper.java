package io.coppice.access;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.access.Authenticator.Opinion;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Figure;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Loop;
import io.coppice.port.Permissions;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks one authenticator after the other who a client is, until one can tell. Whom none knows may enter where anonymous
 * clients may; it is called what it calls itself only where there are no authenticators, and nobody who could be called so.
 */
public final class ChainGatekeeper implements Gatekeeper {
    private static final Logger LOG = LoggerFactory.getLogger(ChainGatekeeper.class);

    private final List<Authenticator> authenticators;
    private final Authorizer authorizer;
    private final boolean anonymous;
    private final BiFunction<String, Credentials, @Nullable Exchange> exchanges;

    /** @param anonymous whether clients that nobody vouches for may enter; all others are answered 0x87, Not authorized */
    ChainGatekeeper(List<Authenticator> authenticators, Authorizer authorizer, boolean anonymous) {
        this(authenticators, authorizer, anonymous, (method, credentials) -> null);
    }

    /** @param exchanges begins enhanced authentication by a method, or gives null where it is not known */
    ChainGatekeeper(
            List<Authenticator> authenticators,
            Authorizer authorizer,
            boolean anonymous,
            BiFunction<String, Credentials, @Nullable Exchange> exchanges) {
        this.authenticators = List.copyOf(authenticators);
        this.authorizer = authorizer;
        this.anonymous = anonymous;
        this.exchanges = exchanges;
    }

    /**
     * The door of a node that knows no users: a user name is taken as it is said and a password not looked at, and whoever is
     * in may do what clients may do at all.
     */
    public static ChainGatekeeper open(boolean anonymous) {
        return new ChainGatekeeper(List.of(), new OpenAuthorizer(), anonymous);
    }

    @Override
    public void authenticate(Credentials credentials, Loop loop, Consumer<Verdict> then) {
        ask(0, credentials, loop, then);
    }

    private void ask(int index, Credentials credentials, Loop loop, Consumer<Verdict> then) {
        if (index == authenticators.size()) {
            then.accept(
                    anonymous
                            ? admitted(credentials, Opinion.vouched(unproved(credentials)))
                            : refused(ReasonCode.NOT_AUTHORIZED));
            return;
        }
        authenticators.get(index).judge(credentials, loop, opinion -> {
            ReasonCode reasonCode = opinion.reasonCode();
            if (reasonCode == null) {
                ask(index + 1, credentials, loop, then);
            } else if (reasonCode == ReasonCode.SUCCESS) {
                then.accept(admitted(credentials, opinion));
            } else {
                then.accept(refused(reasonCode));
            }
        });
    }

    @Override
    public void withdraw(Credentials credentials) {
        authenticators.forEach(each -> each.withdraw(credentials));
    }

    @Override
    public int waiting() {
        return authenticators.stream().mapToInt(Authenticator::waiting).sum();
    }

    private @Nullable String unproved(Credentials credentials) {
        return authenticators.isEmpty() ? credentials.userName() : null;
    }

    private static Verdict admitted(Credentials credentials, Opinion opinion) {
        return new Verdict(ReasonCode.SUCCESS, Identity.of(credentials, opinion.userName(), opinion.grant()));
    }

    private static Verdict refused(ReasonCode reasonCode) {
        return new Verdict(reasonCode, null);
    }

    @Override
    public @Nullable Exchange exchange(String method, Credentials credentials) {
        return exchanges.apply(method, credentials);
    }

    /** What was granted with the name stands in the place of what holds for all, and of asking somebody. */
    @Override
    public Permissions permissions(Identity who) {
        RuleBook rules = who.grant() instanceof Granted granted ? granted.rules() : null;
        if (rules != null) {
            return new RuledPermissions(who, () -> rules);
        }
        return authorizer.permissions(who);
    }

    @Override
    public @Nullable Permissions permissionsOf(Publisher publisher) {
        return authorizer.permissionsOf(publisher);
    }

    /** What fails for one of them is looked at again the next time. */
    @Override
    public boolean refresh() {
        for (Authenticator each : authenticators) {
            try {
                each.refresh();
            } catch (RuntimeException fault) {
                LOG.error(
                        getMarker("access-refresh-failed"),
                        "what an authenticator goes by was not looked at, and is the next time",
                        fault);
            }
        }
        return authorizer.refresh();
    }

    @Override
    public List<Figure> figures() {
        return Stream.concat(
                        authenticators.stream().flatMap(each -> each.figures().stream()), authorizer.figures().stream())
                .toList();
    }
}
