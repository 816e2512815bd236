package io.coppice.port;

import java.util.List;

/**
 * Which nodes are there, as far as one of them knows.
 *
 * @param members all of them, the one that is told included
 * @param expectedSize how many there are meant to be; 0 for what the node is configured with
 */
public record View(List<Member> members, int expectedSize) {
    /**
     * One node.
     *
     * @param shards how many loops it has
     */
    public record Member(NodeId id, int shards) {}

    public View {
        members = List.copyOf(members);
    }

    public View(List<Member> members) {
        this(members, 0);
    }
}
