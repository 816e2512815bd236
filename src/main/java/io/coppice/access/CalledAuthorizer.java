package io.coppice.access;

import io.coppice.port.Figure;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;
import java.util.List;

/** Has somebody asked what a client may do, and goes by rules where that one says that others decide. */
final class CalledAuthorizer implements Authorizer {
    private final Callout callout;
    private final Authorizer rules;

    CalledAuthorizer(Callout callout, Authorizer rules) {
        this.callout = callout;
        this.rules = rules;
    }

    @Override
    public Permissions permissions(Identity who) {
        return new CalledPermissions(callout, who, rules.permissions(who));
    }

    @Override
    public boolean refresh() {
        callout.refresh();
        return rules.refresh();
    }

    @Override
    public List<Figure> figures() {
        return callout.figures();
    }
}
