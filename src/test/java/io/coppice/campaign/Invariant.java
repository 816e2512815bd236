package io.coppice.campaign;

/** What holds whatever happens to the nodes. */
enum Invariant {
    DELIVERED("what was acknowledged reaches every session that was subscribed before it was sent"),
    ONCE("a session gets a message at QoS 2 once"),
    ORDER("of one publisher, topic and QoS what comes first comes in the order in which it was sent"),
    INTACT("what comes is what was sent, and only to who asked for it"),
    RETAINED("all nodes have the same retained message, which is that of the last acknowledged write"),
    WILL("a will is published once or never: once when its connection was lost, never when the client took its leave"),
    SHARED("a message reaches one member of a group, at QoS 1 perhaps more than once, and nobody else"),
    TAKEOVER("of one client identifier one connection is served"),
    SESSION_PRESENT("Session Present says whether there is a session"),
    QUORUM("a node that reaches no majority lets nobody in and acknowledges nothing"),
    BASE("when all is over, what was held for it is free again");

    final String words;

    Invariant(String words) {
        this.words = words;
    }
}
