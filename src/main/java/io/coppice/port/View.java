package io.coppice.port;

import java.util.List;

/**
 * Which nodes are there, as far as one of them knows.
 *
 * @param members all of them, the one that is told included
 */
public record View(List<Member> members) {
    /**
     * One node.
     *
     * @param shards how many loops it has
     */
    public record Member(NodeId id, int shards) {}

    public View {
        members = List.copyOf(members);
    }
}
