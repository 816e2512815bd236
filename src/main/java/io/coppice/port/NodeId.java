package io.coppice.port;

/**
 * A node in one of its lives: a process that starts anew is another node, and one that the others have given up never
 * comes back.
 *
 * @param name what the operator calls it; one at a time in a cluster
 * @param life different for each start of the process
 */
public record NodeId(String name, long life) implements Comparable<NodeId> {
    /** The node in whatever lives it had before this one. */
    public NodeId formerly() {
        return new NodeId(name, life == 0 ? 1 : 0);
    }

    @Override
    public int compareTo(NodeId that) {
        int byName = name.compareTo(that.name);
        return byName != 0 ? byName : Long.compare(life, that.life);
    }

    @Override
    public String toString() {
        return name + "#" + Long.toHexString(life);
    }
}
