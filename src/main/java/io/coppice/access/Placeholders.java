package io.coppice.access;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.Gatekeeper.Identity;
import org.jspecify.annotations.Nullable;

/** Filters in which {@code %c} stands for the client identifier and {@code %u} for the user name. */
final class Placeholders {
    private Placeholders() {}

    static boolean isIn(String filter) {
        return filter.contains("%c") || filter.contains("%u");
    }

    /**
     * The filter of one client; null where there is none, for the client has no user name or the outcome would be no filter, or
     * one that begins with '$' where the rule does not.
     */
    static @Nullable TopicFilter fill(String filter, Identity who) {
        String user = who.userName();
        if (user == null && filter.contains("%u")) {
            return null;
        }
        StringBuilder filled = new StringBuilder(filter.length() + 16);
        for (int i = 0; i < filter.length(); i++) {
            char next = filter.charAt(i) == '%' && i + 1 < filter.length() ? filter.charAt(i + 1) : 0;
            if (next == 'c') {
                filled.append(who.clientId());
                i++;
            } else if (next == 'u') {
                filled.append(user);
                i++;
            } else {
                filled.append(filter.charAt(i));
            }
        }
        String made = filled.toString();
        if (made.startsWith("$") && !filter.startsWith("$")) {
            return null; // a name does not open what is the broker's own
        }
        try {
            return TopicFilter.of(made);
        } catch (ProtocolError noFilter) {
            return null;
        }
    }

    /** Whether a name holds what would match more than itself. */
    static boolean hasWildcard(@Nullable String name) {
        return name != null && (name.indexOf('+') >= 0 || name.indexOf('#') >= 0);
    }
}
