package io.coppice.port;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How this node is in its cluster, and where the others are; readable from any thread without waiting. */
public interface Membership {
    /** That of a node that is alone. */
    Membership ALONE = new Membership() {
        @Override
        public String clusterName() {
            return "";
        }

        @Override
        public String mode() {
            return "single";
        }

        @Override
        public int wireVersion() {
            return 0;
        }

        @Override
        public Map<NodeId, WireVersions> wireVersions() {
            return Map.of();
        }

        @Override
        public Map<NodeId, String> addresses() {
            return Map.of();
        }
    };

    /** Empty for a node that is alone. */
    String clusterName();

    /** How the members find each other, as the configuration calls it. */
    String mode();

    /** The version of everything that this node says to others; 0 for a node that is alone. */
    int wireVersion();

    /** What each member reads and writes, as far as is known. */
    Map<NodeId, WireVersions> wireVersions();

    /**
     * How many nodes there are meant to be.
     *
     * @param size agreed on
     * @param configured where this node's cluster begins, and below which it never goes by itself
     * @param max up to which it grows
     * @param majority nodes that must be there
     * @param version of what is agreed on; 0 where the size is what is configured
     * @param nodes the names of those who count; none with version 0
     */
    record Size(int size, int configured, int max, int majority, long version, List<String> nodes) {
        public Size {
            nodes = List.copyOf(nodes);
        }
    }

    default Size size() {
        return new Size(1, 1, 1, 1, 0, List.of());
    }

    /**
     * Sets the size of the running cluster.
     *
     * @param then told once, on any thread, why that cannot be; null where it is done
     */
    default void resize(int size, Consumer<@Nullable String> then) {
        then.accept("a node that is alone is a cluster of one and stays so (cluster.mode)");
    }

    /**
     * Whether what this node keeps for the cluster has not all the copies on others that it is meant to have, as of some seconds ago:
     * what fails now besides may cost what is on no disk.
     */
    default boolean copiesMissing() {
        return false;
    }

    /** Host and port at which each member is found by the others, as far as is known. */
    Map<NodeId, String> addresses();
}
