package io.coppice.cluster;

import com.hazelcast.map.IMap;
import io.coppice.codec.WillCodec;
import io.coppice.port.Home;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.SessionRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The registry of a cluster: one map, changed where its keys are kept, one change of a key at a time. */
final class HazelcastSessionRegistry implements SessionRegistry {
    /** Who takes a session over keeps for whoever has it what it has. */
    private static final Claimant NOBODY = new Claimant(null, false, null);

    private final IMap<String, HomeEntry> homes;
    private final Calls calls;
    private final PartitionScan scan;
    private final Predicate<NodeId> isMember;
    private final Released released;
    private final Settings settings;
    /** Only together with the node that claims is it unlike any other. */
    private final AtomicLong latestClaim = new AtomicLong();

    private final AtomicInteger releasing = new AtomicInteger();

    /**
     * Its limits.
     *
     * @param patienceMillis how long a call is repeated
     * @param settleMillis after which it is asked once more what became of a claim
     * @param tombstoneMillis how long the epoch of a released client identifier is remembered
     */
    record Settings(long patienceMillis, long settleMillis, long tombstoneMillis) {
        static final Settings DEFAULT = new Settings(10_000, 1_000, 3_600_000);
    }

    /** Hears of client identifiers that are released. */
    interface Released {
        void released(String clientId, long epoch);
    }

    HazelcastSessionRegistry(
            IMap<String, HomeEntry> homes,
            Calls calls,
            PartitionScan scan,
            Predicate<NodeId> isMember,
            Released released,
            Settings settings) {
        this.homes = homes;
        this.calls = calls;
        this.scan = scan;
        this.isMember = isMember;
        this.released = released;
        this.settings = settings;
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
        ClaimProcessor claim = processor(node, claimant, loop);
        Consumer<@Nullable HomeEntry> known = entry -> {
            if (entry != null && entry.home() == null) {
                refused.run();
            } else {
                then.accept(claim(entry));
            }
        };
        call(clientId, claim, loop, known, () -> {
            then.accept(null);
            // not made now if it was not: the client has long gone elsewhere
            settle(clientId, node, claim.onlyIfMade(), loop, entry -> settled.accept(claim(entry)));
        });
    }

    private static @Nullable Claim claim(@Nullable HomeEntry entry) {
        if (entry == null) {
            return null;
        }
        Home home = entry.home();
        return home == null ? null : new Claim(home, entry.former());
    }

    @Override
    public void claimFrom(Resident former, NodeId node, Loop loop, Consumer<@Nullable Home> then) {
        ClaimProcessor claim = processor(node, NOBODY, loop).onlyFrom(former.home());
        Consumer<@Nullable HomeEntry> known = entry -> then.accept(entry == null ? null : entry.home());
        call(former.clientId(), claim, loop, known, () -> settle(former.clientId(), node, claim, loop, known));
    }

    @Override
    public void claimVacant(
            String clientId, NodeId node, Loop loop, @Nullable String owner, Consumer<@Nullable Home> then) {
        ClaimProcessor claim =
                processor(node, new Claimant(owner, false, null), loop).onlyIfVacant();
        Consumer<@Nullable HomeEntry> known = entry -> then.accept(entry == null ? null : entry.home());
        call(clientId, claim, loop, known, () -> settle(clientId, node, claim, loop, known));
    }

    private ClaimProcessor processor(NodeId node, Claimant claimant, Loop loop) {
        return new ClaimProcessor(node, loop.index(), loop.now(), latestClaim.incrementAndGet(), claimant);
    }

    private void call(
            String clientId, ClaimProcessor claim, Loop loop, Consumer<@Nullable HomeEntry> known, Runnable unknown) {
        calls.call(homes, clientId, claim, loop, settings.patienceMillis(), new Calls.Answer<@Nullable HomeEntry>() {
            @Override
            public void known(@Nullable HomeEntry entry) {
                known.accept(entry);
            }

            @Override
            public void unknown() {
                unknown.run();
            }
        });
    }

    /**
     * Asks what became of a claim until it is known. A claim of which its claimant does not know would be a home where
     * nobody is: no survivor would take the session over, as its node is alive.
     */
    private void settle(
            String clientId, NodeId node, ClaimProcessor claim, Loop loop, Consumer<@Nullable HomeEntry> then) {
        loop.after(settings.settleMillis(), () -> {
            if (isMember.test(node)) {
                call(clientId, claim, loop, then, () -> settle(clientId, node, claim, loop, then));
            } else {
                then.accept(null); // what this node has claimed is for others to take over
            }
        });
    }

    @Override
    public void release(String clientId, long epoch) {
        released.released(clientId, epoch);
        releasing.incrementAndGet();
        calls.send(
                homes,
                clientId,
                new ReleaseProcessor(epoch, settings.tombstoneMillis()),
                settings.patienceMillis(),
                releasing::decrementAndGet);
    }

    @Override
    public int releasing() {
        return releasing.get();
    }

    private static Resident resident(String clientId, Home home, HomeEntry entry) {
        byte[] will = entry.will();
        return will == null
                ? new Resident(clientId, home)
                : new Resident(clientId, home, new KeptWill(WillCodec.decode(will), entry.willEpoch()));
    }

    @Override
    public void residentsElsewhere(
            Set<NodeId> nodes,
            Set<NodeId> gone,
            Predicate<String> wanted,
            Loop loop,
            Consumer<@Nullable List<Resident>> then) {
        List<Resident> residents = new ArrayList<>();
        scan.run(
                homes,
                new HomeElsewhere(nodes),
                entries -> {
                    for (Map.Entry<String, HomeEntry> entry : entries) {
                        Home home = entry.getValue().home();
                        if (home != null
                                && (gone.contains(home.node()) || !isMember.test(home.node()))
                                && wanted.test(entry.getKey())) {
                            residents.add(resident(entry.getKey(), home, entry.getValue()));
                        }
                    }
                },
                complete -> loop.execute(() -> then.accept(complete ? residents : null)));
    }
}
