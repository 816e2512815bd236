package io.coppice.port;

import io.coppice.mqtt.Will;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which client identifier is at home where, and to which user its session belongs: one truth for all nodes. */
public interface SessionRegistry {
    /**
     * Who claims a client identifier for itself.
     *
     * @param user whose session it is from now on; null where it is nobody's, which anybody may claim next
     * @param fromAnyone whether the session is taken also where it is another user's, or a user's and this claim nobody's
     * @param will to be kept until the home is released or claimed; null for none
     */
    record Claimant(
            @Nullable String user,
            boolean fromAnyone,
            @Nullable Will will) {
        /** Whether it may have a session. */
        public boolean mayTake(@Nullable String owner) {
            return fromAnyone || owner == null || owner.equals(user);
        }
    }

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
     * Makes a shard the home of a client identifier with the next epoch, whichever was its home before, unless the session is
     * somebody else's. A will that was kept for it is void, and the claimant's is kept instead.
     *
     * @param loop the shard's, on which this is called
     * @param then called once on the loop; null when the registry cannot answer (no quorum)
     * @param refused called instead when the session is somebody else's: nothing has changed
     * @param settled called once on the loop after {@code then} was called with null, when it is known what became of the
     *     claim; null where it was not made, or somebody has claimed since
     */
    void claim(
            String clientId,
            NodeId node,
            Loop loop,
            Claimant claimant,
            Consumer<@Nullable Claim> then,
            Runnable refused,
            Consumer<@Nullable Claim> settled);

    /**
     * Makes a shard the home with the next epoch, if the home is still the one that the caller knows: how survivors
     * take over from a node that died while clients may come back by themselves. A will stays kept, and the session whose it is.
     *
     * @param then called once on the loop, as late as it may be known: the new home, or null where someone else was faster,
     *     or this node is a member no more
     */
    void claimFrom(Resident former, NodeId node, Loop loop, Consumer<@Nullable Home> then);

    /**
     * Makes a shard the home of a client identifier that has none.
     *
     * @param owner the user whose session it is; null where it is nobody's
     * @param then called once on the loop, as late as it may be known: the new home, or null where the identifier has one,
     *     or this node is a member no more
     */
    void claimVacant(String clientId, NodeId node, Loop loop, @Nullable String owner, Consumer<@Nullable Home> then);

    /** Forgets a client identifier and whose it was, unless someone claimed it later. */
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
