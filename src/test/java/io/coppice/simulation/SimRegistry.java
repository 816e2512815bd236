package io.coppice.simulation;

import io.coppice.mqtt.Will;
import io.coppice.port.Home;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.SessionRegistry;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A registry far away: claims take effect in some order, and the answers come in another. */
public final class SimRegistry implements SessionRegistry {
    private static final long SETTLE_MILLIS_MAX = 1_500;

    private final World world;
    public final Map<String, Home> homes = new HashMap<>();
    private final Map<String, KeptWill> wills = new HashMap<>();
    /** Whose the sessions are that are somebody's. */
    public final Map<String, String> owners = new HashMap<>();
    /** Milliseconds that a claim, and its answer, may be on the way. */
    public long delayMax;
    /** Whether claims wait until {@link #proceed}. */
    public boolean stalled;
    /** Whether it cannot answer. */
    public boolean down;
    /** One claim in so many is made, or not, and nobody hears of it for a while; 0 for none. */
    public int lostOneIn;

    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private long latestEpoch;

    SimRegistry(World world) {
        this.world = world;
    }

    /** What a claim comes to: made, refused, or nobody knows. */
    private record Answer(@Nullable Claim claim, boolean refused) {
        void tell(Consumer<@Nullable Claim> then, Runnable refusal) {
            if (refused) {
                refusal.run();
            } else {
                then.accept(claim);
            }
        }
    }

    @Override
    public void claim(
            String clientId,
            NodeId node,
            Loop loop,
            Claimant claimant,
            Consumer<@Nullable Claim> then,
            Runnable refused,
            Consumer<@Nullable Claim> settled) {
        world.requireOn(loop);
        Consumer<@Nullable Answer> answer = made -> {
            if (made == null) {
                then.accept(null);
                settled.accept(null);
            } else {
                made.tell(then, refused);
            }
        };
        if (stalled) {
            waiting.add(() ->
                    loop.execute(() -> judged(clientId, node, loop, claimant).tell(then, refused)));
        } else if (lostOneIn > 0 && world.random.nextInt(lostOneIn) == 0) {
            claimUnheard(clientId, node, loop, claimant, then, settled);
        } else if (delayMax == 0 && !world.isCluster()) {
            answer.accept(down ? null : judged(clientId, node, loop, claimant));
        } else {
            away(loop, clientId, answer, () -> judged(clientId, node, loop, claimant));
        }
    }

    /** The claim is made, or not, and the claimant does not hear of it before it has told the client that nobody knows. */
    private void claimUnheard(
            String clientId,
            NodeId node,
            Loop loop,
            Claimant claimant,
            Consumer<@Nullable Claim> then,
            Consumer<@Nullable Claim> settled) {
        boolean arrives = world.random.nextBoolean();
        away(loop, clientId, then, () -> {
            Claim claim = arrives ? judged(clientId, node, loop, claimant).claim() : null;
            world.at(world.now() + delayMax + 1 + world.delay(SETTLE_MILLIS_MAX), () -> {
                boolean stands = claim != null && claim.home().equals(homes.get(clientId));
                loop.execute(() -> settled.accept(stands && world.isMember(loop) ? claim : null));
            });
            return null;
        });
    }

    private Answer judged(String clientId, NodeId node, Loop loop, Claimant claimant) {
        return claimant.mayTake(owners.get(clientId))
                ? new Answer(take(clientId, node, loop, claimant.user(), claimant.will()), false)
                : new Answer(null, true);
    }

    /** Answers what waits, and from now on at once. */
    public void proceed() {
        stalled = false;
        while (!waiting.isEmpty()) {
            waiting.remove().run();
        }
    }

    private Claim take(String clientId, NodeId node, Loop loop, @Nullable String owner, @Nullable Will will) {
        Home home = new Home(node, loop.index(), ++latestEpoch);
        if (owner == null) {
            owners.remove(clientId);
        } else {
            owners.put(clientId, owner);
        }
        if (will == null) {
            wills.remove(clientId);
        } else {
            wills.put(clientId, new KeptWill(will, home.epoch()));
        }
        return new Claim(home, homes.put(clientId, home));
    }

    @Override
    public void claimFrom(Resident former, NodeId node, Loop loop, Consumer<@Nullable Home> then) {
        world.requireOn(loop);
        away(loop, former.clientId(), then, () -> {
            if (!former.home().equals(homes.get(former.clientId()))) {
                return null;
            }
            KeptWill kept = wills.get(former.clientId());
            Claim claim = take(former.clientId(), node, loop, owners.get(former.clientId()), null);
            if (kept != null) {
                wills.put(former.clientId(), kept);
            }
            return claim.home();
        });
    }

    @Override
    public void claimVacant(
            String clientId, NodeId node, Loop loop, @Nullable String owner, Consumer<@Nullable Home> then) {
        world.requireOn(loop);
        away(
                loop,
                clientId,
                then,
                () -> homes.containsKey(clientId)
                        ? null
                        : take(clientId, node, loop, owner, null).home());
    }

    @Override
    public void residentsElsewhere(
            Set<NodeId> nodes,
            Set<NodeId> gone,
            Predicate<String> wanted,
            Loop loop,
            Consumer<@Nullable List<Resident>> then) {
        world.requireOn(loop);
        away(
                loop,
                "",
                then,
                () -> homes.entrySet().stream()
                        .filter(each -> !nodes.contains(each.getValue().node())
                                && (gone.contains(each.getValue().node())
                                        || !world.isMember(each.getValue().node()))
                                && wanted.test(each.getKey()))
                        .map(each -> new Resident(each.getKey(), each.getValue(), wills.get(each.getKey())))
                        .toList());
    }

    /** Something that takes effect a while later and is answered another while later. */
    private <T> void away(Loop loop, String key, Consumer<@Nullable T> then, Supplier<@Nullable T> effect) {
        long at = world.now() + world.delay(delayMax);
        world.at(
                at,
                () -> world.whenReached(loop, List.of(key), () -> {
                    T answer = down || !world.isMember(loop) ? null : effect.get();
                    world.at(world.now() + world.delay(delayMax), () -> loop.execute(() -> then.accept(answer)));
                }));
    }

    @Override
    public void release(String clientId, long epoch) {
        homes.computeIfPresent(clientId, (id, home) -> home.epoch() == epoch ? null : home);
        wills.keySet().retainAll(homes.keySet());
        owners.keySet().retainAll(homes.keySet());
    }

    @Override
    public int releasing() {
        return 0;
    }
}
