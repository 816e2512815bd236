package io.coppice.port;

import io.coppice.mqtt.Will;
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

    /**
     * The will of a client whose session ends with its connection, kept in case the node ends before that.
     *
     * @param epoch of the claim that left it
     */
    record KeptWill(Will will, long epoch) {}

    /**
     * A client identifier and the home that it has.
     *
     * @param will kept for the client that has this home; null where there is none
     */
    record Resident(String clientId, Home home, @Nullable KeptWill will) {
        /** One without a will. */
        public Resident(String clientId, Home home) {
            this(clientId, home, null);
        }
    }

    /**
     * Makes a shard the home of a client identifier with the next epoch, whoever had it before. A will that was kept for it
     * is void, and the one given here is kept instead.
     *
     * @param loop the shard's, on which this is called
     * @param will to be kept until the home is released or claimed; null for none
     * @param then called once on the loop; null when the registry cannot answer (no quorum)
     * @param settled called once on the loop after {@code then} was called with null, when it is known what became of the
     *     claim; null where it was not made, or somebody has claimed since
     */
    void claim(
            String clientId,
            NodeId node,
            Loop loop,
            @Nullable Will will,
            Consumer<@Nullable Claim> then,
            Consumer<@Nullable Claim> settled);

    /**
     * Makes a shard the home with the next epoch, if the home is still the one that the caller knows: how survivors
     * take over from a node that died while clients may come back by themselves. A will stays kept.
     *
     * @param then called once on the loop, as late as it may be known: the new home, or null where someone else was faster,
     *     or this node is a member no more
     */
    void claimFrom(Resident former, NodeId node, Loop loop, Consumer<@Nullable Home> then);

    /**
     * Makes a shard the home of a client identifier that has none.
     *
     * @param then called once on the loop, as late as it may be known: the new home, or null where the identifier has one,
     *     or this node is a member no more
     */
    void claimVacant(String clientId, NodeId node, Loop loop, Consumer<@Nullable Home> then);

    /** Forgets a client identifier, unless someone claimed it later. */
    void release(String clientId, long epoch);

    /** Releases that were asked for and have not come to their end; on any thread. */
    int releasing();

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
