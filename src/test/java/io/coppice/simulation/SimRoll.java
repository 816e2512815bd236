package io.coppice.simulation;

import io.coppice.port.WireVersions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An operator who brings three nodes to the next release, one after the other; who may go back, and lets the version go up in the end. */
final class SimRoll {
    private final World world;
    private final int nodeCount;
    private WireVersions wanted;
    /** It was told to stop. */
    private @Nullable SimNode leaving;

    SimRoll(World world) {
        this.world = world;
        this.nodeCount = world.cluster().nodes.size();
        this.wanted = world.random.nextBoolean() ? SimRelease.FORMER : SimRelease.NEXT;
        world.cluster().release(wanted);
    }

    /** Waits, or replaces another node, or goes back, or lets the version go up. */
    void step() {
        SimCluster cluster = world.cluster();
        List<SimNode> nodes = cluster.nodes;
        SimNode going = leaving;
        if (going != null && going.alive) {
            return;
        }
        if (nodes.size() < nodeCount) {
            cluster.start("again");
            return;
        }
        if (!cluster.allAreMembers()) {
            return;
        }
        SimNode next = nodes.stream()
                .filter(node -> !node.release().known.equals(wanted))
                .findFirst()
                .orElse(null);
        if (next != null && world.random.nextBoolean()) {
            cluster.kill(next);
        } else if (next != null) {
            leaving = next;
            cluster.leave(next);
        } else if (wanted.equals(SimRelease.FORMER)) {
            go(SimRelease.NEXT);
        } else if (world.random.nextInt(4) == 0 && nodes.stream().noneMatch(SimRoll::hasPromised)) {
            go(SimRelease.FORMER);
        } else {
            nodes.forEach(node -> node.release().version.want(SimRelease.NEXT.newest()));
            world.pass(world.random.nextInt(500));
        }
    }

    private static boolean hasPromised(SimNode node) {
        return node.release().version.claim().promised() == SimRelease.NEXT.newest();
    }

    private void go(WireVersions release) {
        wanted = release;
        world.cluster().release(release);
    }

    /** Nobody is stopped any more. */
    void end() {
        for (SimNode going = leaving; going != null && going.alive; ) {
            world.pass(500);
        }
    }
}
