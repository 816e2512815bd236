package io.coppice.observe;

import io.coppice.port.Membership;
import io.coppice.port.NodeId;
import io.coppice.port.WireVersions;
import java.util.List;
import java.util.Map;

/** A cluster of which one address is known. */
final class FakeMembership implements Membership {
    boolean copiesMissing;

    @Override
    public String clusterName() {
        return "wood";
    }

    @Override
    public String mode() {
        return "static";
    }

    @Override
    public int wireVersion() {
        return 1;
    }

    @Override
    public Map<NodeId, WireVersions> wireVersions() {
        return Map.of(new NodeId("oak", 0xa), new WireVersions(1, 1, 2));
    }

    @Override
    public boolean copiesMissing() {
        return copiesMissing;
    }

    @Override
    public Size size() {
        return new Size(3, 2, 5, 2, 4, List.of("ash", "oak"));
    }

    @Override
    public Map<NodeId, String> addresses() {
        return Map.of(new NodeId("oak", 0xa), "192.0.2.1:5701");
    }
}
