package io.coppice.port;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which client identifier is at home where: one truth for all nodes. */
public interface SessionRegistry {
    /**
     * The outcome of a claim.
     *
     * @param home the claimant's, with its new epoch
     * @param former the home until now, or null where there was none
     */
    record Claim(Home home, @Nullable Home former) {}

    /** A client identifier and the home that it has. */
    record Resident(String clientId, Home home) {}

    /**
     * Makes a shard the home of a client identifier with the next epoch, whoever had it before.
     *
     * @param loop the shard's, on which this is called
     * @param then called once on the loop; null when the registry cannot answer (no quorum)
     */
    void claim(String clientId, NodeId node, Loop loop, Consumer<@Nullable Claim> then);

    /**
     * Makes a shard the home with the next epoch, if the home is still the one that the caller knows: how survivors
     * take over from a node that died while clients may come back by themselves.
     *
     * @param then called once on the loop: the new home, or null where someone else was faster, or nobody can say
     */
    void claimFrom(Resident former, NodeId node, Loop loop, Consumer<@Nullable Home> then);

    /** Forgets a client identifier, unless someone claimed it later. */
    void release(String clientId, long epoch);

    /**
     * Everyone whose home is on none of some nodes, nor on one that has come since, which the registry may know before
     * anybody else does.
     *
     * @param nodes those that are there
     * @param gone some of those that are not, though the registry may not know that yet
     * @param wanted which client identifiers are asked for; may be called on any thread
     * @param then called once on the loop; null when the registry cannot answer
     */
    void residentsElsewhere(
            Set<NodeId> nodes,
            Set<NodeId> gone,
            Predicate<String> wanted,
            Loop loop,
            Consumer<@Nullable List<Resident>> then);
}
