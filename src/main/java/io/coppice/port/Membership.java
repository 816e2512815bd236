package io.coppice.port;

import java.util.Map;

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

    /** Host and port at which each member is found by the others, as far as is known. */
    Map<NodeId, String> addresses();
}
