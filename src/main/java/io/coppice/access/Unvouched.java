package io.coppice.access;

import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Loop;
import java.util.function.Consumer;

/** Refuses who says a name or a password for which nobody vouches: it is not taken for anonymous. */
final class Unvouched implements Authenticator {
    @Override
    public void judge(Credentials credentials, Loop loop, Consumer<Opinion> then) {
        boolean says = credentials.userName() != null || credentials.password() != null;
        then.accept(says ? Opinion.REFUSED : Opinion.NONE);
    }
}
