package io.coppice.port;

import java.util.function.Consumer;
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
     * Makes a shard the home of a client identifier with the next epoch, whoever had it before.
     *
     * @param then called once on the claimant's loop; null when the registry cannot answer (no quorum)
     */
    void claim(String clientId, String node, Loop loop, Consumer<@Nullable Claim> then);

    /** Forgets a client identifier, unless someone claimed it later. */
    void release(String clientId, long epoch);
}
