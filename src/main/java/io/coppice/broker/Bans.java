package io.coppice.broker;

import io.coppice.port.NodeControl.Ban;
import io.coppice.port.NodeControl.BanKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whom an operator refuses for a time. None is forgotten for another one: as many as are allowed are held. For one thread at a time. */
final class Bans {
    private record Who(BanKind kind, String value) {}

    private final int entriesMax;
    private final Map<Who, Ban> bans = new HashMap<>();

    Bans(int entriesMax) {
        this.entriesMax = entriesMax;
    }

    private static Who who(BanKind kind, String value) {
        return new Who(kind, kind == BanKind.ADDRESS ? AddressKey.of(value) : value);
    }

    /** Whether there was room for it. */
    boolean add(Ban ban, long now) {
        Who who = who(ban.kind(), ban.value());
        if (!bans.containsKey(who) && bans.size() >= entriesMax) {
            bans.values().removeIf(old -> old.until() <= now);
            if (bans.size() >= entriesMax) {
                return false;
            }
        }
        bans.put(who, new Ban(ban.kind(), who.value, ban.until(), ban.reason(), ban.by()));
        return true;
    }

    boolean remove(BanKind kind, String value, long now) {
        Ban former = bans.remove(who(kind, value));
        return former != null && former.until() > now;
    }

    /** Whether one of these is refused; what is null is not known. */
    boolean holds(String address, @Nullable String clientId, @Nullable String user, long now) {
        return !bans.isEmpty()
                && (holds(BanKind.ADDRESS, address, now)
                        || clientId != null && holds(BanKind.CLIENT_ID, clientId, now)
                        || user != null && holds(BanKind.USER, user, now));
    }

    private boolean holds(BanKind kind, String value, long now) {
        Ban ban = bans.get(new Who(kind, value));
        return ban != null && ban.until() > now;
    }

    List<Ban> inForce(long now) {
        List<Ban> all = new ArrayList<>();
        for (Ban ban : bans.values()) {
            if (ban.until() > now) {
                all.add(ban);
            }
        }
        return all;
    }
}
