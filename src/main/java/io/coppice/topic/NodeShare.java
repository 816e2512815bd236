package io.coppice.topic;

/**
 * The members that one node has of a shared group. Other nodes know how many they are and not who: a message goes to the
 * node, which gives it to one of them. All that is told here may change at any time.
 */
public interface NodeShare {
    /** Names the node, with the same name on every node. */
    String node();

    /** How many of the members are connected. */
    int connected();

    /** How many members there are, connected or away; 0 while the node cannot be reached. */
    int reachable();

    /** How many members there are; 0 only when a message for them would be kept by nobody. */
    int members();

    /** Since when at least one of them has been connected, milliseconds since the epoch; without meaning where none is. */
    long connectedSince();
}
