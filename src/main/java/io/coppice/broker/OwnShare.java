package io.coppice.broker;

import io.coppice.port.PeerMessage.Route;
import io.coppice.topic.NodeShare;

/** The members that this node has of a shared subscription, as it has told the others. */
record OwnShare(String node, Route route) implements NodeShare {
    @Override
    public int connected() {
        return route.online();
    }

    @Override
    public int reachable() {
        return route.members();
    }

    @Override
    public int members() {
        return route.members();
    }

    @Override
    public long connectedSince() {
        return route.onlineSince();
    }
}
