package io.coppice.broker;

import io.coppice.mqtt.ReasonCode;
import io.coppice.port.NodeControl.Ban;
import io.coppice.port.NodeControl.BanKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns away at the door who comes too often, before anybody is asked who they are and any password is checked: by rate and
 * address, after wrong passwords, and client identifiers that come and go. Any loop.
 */
final class Guards {
    /** Characters of a name that a key holds; a longer one is told apart by its length and hash as well. */
    private static final int NAME_MAX = 64;

    /** Why a client may not come in now. */
    record Refusal(ReasonCode reasonCode, String detail) {}

    private DoorSettings settings;
    private final Map<String, TokenBucket> rates = new LinkedHashMap<>(16, 0.75f, true);
    private final Offences userFailures;
    private final Offences addressFailures;
    private final Offences connects;
    private final Bans bans;
    /** Whether there may be bans by hand: asked about many messages that are stored. */
    private volatile boolean anyByHand;

    Guards(DoorSettings settings) {
        this.settings = settings;
        int entriesMax = settings.entriesMax();
        this.userFailures =
                new Offences(settings.banFailures(), settings.banWindowMillis(), settings.banMillis(), entriesMax);
        this.addressFailures = new Offences(
                settings.banAddressFailures(), settings.banWindowMillis(), settings.banMillis(), entriesMax);
        this.bans = new Bans(entriesMax);
        this.connects = new Offences(
                tooManyConnects(settings), settings.flappingWindowMillis(), settings.flappingMillis(), entriesMax);
    }

    private static int tooManyConnects(DoorSettings settings) {
        int allowed = settings.flappingConnects();
        return allowed == 0 ? 0 : allowed + 1;
    }

    /** Goes by other settings from now on; but for the number of entries. */
    synchronized void change(DoorSettings next) {
        if (next.connectRatePerAddressMax() != settings.connectRatePerAddressMax()) {
            rates.clear();
        }
        settings = next;
        userFailures.change(next.banFailures(), next.banWindowMillis(), next.banMillis());
        addressFailures.change(next.banAddressFailures(), next.banWindowMillis(), next.banMillis());
        connects.change(tooManyConnects(next), next.flappingWindowMillis(), next.flappingMillis());
    }

    /**
     * Why a client is turned away; null for one that is not, which takes its place in the rate of its address.
     *
     * @param host its address without port
     */
    synchronized @Nullable Refusal refusal(String host, String clientId, @Nullable String user, long now) {
        String address = AddressKey.of(host);
        if (bans.holds(address, clientId, user, now)) {
            return new Refusal(ReasonCode.BANNED, "an operator has banned this client for a time");
        }
        if (addressFailures.isBanned(address, now)) {
            return new Refusal(
                    ReasonCode.BANNED, "too many wrong passwords came from this address; it is refused for a time");
        }
        if (user != null && userFailures.isBanned(pair(address, user), now)) {
            return new Refusal(
                    ReasonCode.BANNED,
                    "too many wrong passwords of this user came from this address; it is refused for a time");
        }
        if (connects.isBanned(clipped(clientId), now)) {
            return new Refusal(
                    ReasonCode.BANNED,
                    "the client identifier connected more than " + settings.flappingConnects()
                            + " times within a short time; it is refused for a time");
        }
        if (!mayConnectNow(address, now)) {
            return new Refusal(
                    ReasonCode.CONNECTION_RATE_EXCEEDED,
                    "this node takes " + settings.connectRatePerAddressMax() + " connections a second of one address");
        }
        return null;
    }

    /** Whether a user is refused from there, or everybody is; of who says its name after CONNECT. */
    synchronized boolean isBanned(String host, String user, long now) {
        String address = AddressKey.of(host);
        return addressFailures.isBanned(address, now) || userFailures.isBanned(pair(address, user), now);
    }

    // --- what operators do

    /** Whether an operator refuses a client, whose user is known by now. */
    synchronized boolean isBannedByHand(String host, String clientId, @Nullable String user, long now) {
        return bans.holds(AddressKey.of(host), clientId, user, now);
    }

    /** Whether an operator refuses a client that is away, or its user, from wherever they come. */
    boolean isBannedByHand(String clientId, @Nullable String user, long now) {
        if (!anyByHand) {
            return false;
        }
        synchronized (this) {
            return bans.holds("", clientId, user, now);
        }
    }

    /** Whether there was room for one more. */
    synchronized boolean ban(Ban ban, long now) {
        boolean added = bans.add(ban, now);
        anyByHand |= added;
        return added;
    }

    /** Ends a ban, whoever made it; whether there was one. */
    synchronized boolean unban(BanKind kind, String value, long now) {
        boolean byHand = bans.remove(kind, value, now);
        boolean byItself = switch (kind) {
            case ADDRESS -> addressFailures.pardon(AddressKey.of(value), now);
            case USER_AT_ADDRESS -> userFailures.pardon(value, now);
            case CLIENT_ID -> connects.pardon(clipped(value), now);
            case USER -> false;
        };
        return byHand || byItself;
    }

    /** All bans in force. */
    synchronized List<Ban> bans(long now) {
        List<Ban> all = bans.inForce(now);
        addressFailures.banned(
                now, (who, until) -> all.add(new Ban(BanKind.ADDRESS, who, until, "wrong passwords", "")));
        userFailures.banned(
                now, (who, until) -> all.add(new Ban(BanKind.USER_AT_ADDRESS, who, until, "wrong passwords", "")));
        connects.banned(
                now, (who, until) -> all.add(new Ban(BanKind.CLIENT_ID, who, until, "connected too often", "")));
        return all;
    }

    private boolean mayConnectNow(String address, long now) {
        int perSecond = settings.connectRatePerAddressMax();
        if (perSecond == 0) {
            return true;
        }
        TokenBucket bucket = rates.get(address);
        if (bucket == null) {
            if (rates.size() >= settings.entriesMax()) {
                var oldest = rates.values().iterator();
                oldest.next();
                oldest.remove();
            }
            bucket = new TokenBucket(perSecond, now);
            rates.put(address, bucket);
        }
        return bucket.take(now);
    }

    /** A password was wrong; true when a ban begins with it. */
    synchronized boolean failed(String host, @Nullable String user, long now) {
        String address = AddressKey.of(host);
        boolean byUser = user != null && userFailures.count(pair(address, user), now);
        return addressFailures.count(address, now) | byUser;
    }

    /** A client was let in; true when it has come too often with that and is refused from the next time on. */
    synchronized boolean admitted(String host, String clientId, @Nullable String user, long now) {
        if (user != null) {
            userFailures.forget(pair(AddressKey.of(host), user));
        }
        return connects.count(clipped(clientId), now);
    }

    private static String pair(String address, String user) {
        return address + ' ' + clipped(user);
    }

    /** What a client chose, of bounded length. */
    private static String clipped(String name) {
        return name.length() <= NAME_MAX
                ? name
                : name.substring(0, NAME_MAX) + ' ' + name.length() + ' ' + name.hashCode();
    }
}
