package io.coppice.storage;

import io.coppice.port.Home;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.SessionRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The registry of a node that is alone: it always has an answer. Safe for all loops at once; epochs grow over all claims, so that one that was released is not given out again.
 */
public final class LocalSessionRegistry implements SessionRegistry {
    private final ConcurrentMap<String, Home> homes = new ConcurrentHashMap<>();
    /** Whose the sessions are that are somebody's; changed only together with the home. */
    private final ConcurrentMap<String, String> owners = new ConcurrentHashMap<>();

    private final AtomicLong latestEpoch;

    /** @param now milliseconds since 1970, from which epochs count on */
    public LocalSessionRegistry(long now) {
        this(now, List.of(), Map.of());
    }

    /**
     * One of a node that was there before.
     *
     * @param residents whose homes are in an earlier life of the node
     * @param owners by client identifier, of those whose sessions are somebody's
     */
    LocalSessionRegistry(long now, List<Resident> residents, Map<String, String> owners) {
        long latest = now;
        for (Resident resident : residents) {
            homes.put(resident.clientId(), resident.home());
            latest = Math.max(latest, resident.home().epoch());
        }
        latestEpoch = new AtomicLong(latest);
        this.owners.putAll(owners);
    }

    /**
     * {@inheritDoc}
     *
     * @param loop the one that this is called on
     * @param claimant whose will is not kept: who would publish it ends with this node
     * @param then called before this returns; never with null
     */
    @Override
    public void claim(
            String clientId,
            NodeId node,
            Loop loop,
            Claimant claimant,
            Consumer<@Nullable Claim> then,
            Runnable refused,
            Consumer<@Nullable Claim> settled) {
        @Nullable Claim[] claimed = new Claim[1];
        homes.compute(clientId, (id, present) -> {
            if (!claimant.mayTake(owners.get(id))) {
                return present;
            }
            // In here, or the later of two claims could end with the older epoch.
            Home home = new Home(node, loop.index(), latestEpoch.incrementAndGet());
            own(id, claimant.user());
            claimed[0] = new Claim(home, present);
            return home;
        });
        if (claimed[0] == null) {
            refused.run();
        } else {
            then.accept(claimed[0]);
        }
    }

    private void own(String clientId, @Nullable String owner) {
        if (owner == null) {
            owners.remove(clientId);
        } else {
            owners.put(clientId, owner);
        }
    }

    /** @param then called before this returns */
    @Override
    public void claimFrom(Resident former, NodeId node, Loop loop, Consumer<@Nullable Home> then) {
        @Nullable Home[] claimed = new Home[1];
        homes.computeIfPresent(former.clientId(), (id, present) -> {
            if (!present.equals(former.home()) || present.node().equals(node)) {
                return present;
            }
            Home home = new Home(node, loop.index(), latestEpoch.incrementAndGet());
            claimed[0] = home;
            return home;
        });
        then.accept(claimed[0]);
    }

    /** @param then called before this returns */
    @Override
    public void claimVacant(
            String clientId, NodeId node, Loop loop, @Nullable String owner, Consumer<@Nullable Home> then) {
        @Nullable Home[] claimed = new Home[1];
        homes.computeIfAbsent(clientId, id -> {
            Home home = new Home(node, loop.index(), latestEpoch.incrementAndGet());
            own(id, owner);
            claimed[0] = home;
            return home;
        });
        then.accept(claimed[0]);
    }

    @Override
    public void release(String clientId, long epoch) {
        homes.computeIfPresent(clientId, (id, home) -> {
            if (home.epoch() != epoch) {
                return home;
            }
            owners.remove(id);
            return null;
        });
    }

    @Override
    public int releasing() {
        return 0;
    }

    /** @param then called before this returns, with whose home is in an earlier life of the node */
    @Override
    public void residentsElsewhere(
            Set<NodeId> nodes,
            Set<NodeId> gone,
            Predicate<String> wanted,
            Loop loop,
            Consumer<@Nullable List<Resident>> then) {
        List<Resident> residents = new ArrayList<>();
        homes.forEach((clientId, home) -> {
            if (!nodes.contains(home.node()) && wanted.test(clientId)) {
                residents.add(new Resident(clientId, home));
            }
        });
        then.accept(residents);
    }
}
