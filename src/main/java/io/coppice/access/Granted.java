package io.coppice.access;

import io.coppice.port.Gatekeeper.Grant;
import org.jspecify.annotations.Nullable;

/**
 * What a token, or an answer over HTTP, gave its client together with the name.
 *
 * @param until milliseconds since the epoch; {@link Long#MAX_VALUE} for never
 * @param rules in the place of those from a file; null where nothing was said of rights
 */
record Granted(long until, @Nullable RuleBook rules) implements Grant {
    @Override
    public boolean givesRights() {
        return rules != null;
    }
}
