package io.coppice.broker;

import io.coppice.port.PeerMessage.Route;
import io.coppice.topic.NodeShare;
import io.coppice.topic.Subscriber;

/** The members that another node has of a shared subscription: together one member of the group here. */
final class PeerShare implements Subscriber, NodeShare {
    final Peer peer;
    /** What the node has told last. */
    private volatile Route route;

    PeerShare(Peer peer, Route route) {
        this.peer = peer;
        this.route = route;
    }

    void changed(Route now) {
        route = now;
    }

    @Override
    public String clientId() {
        return peer.clientId();
    }

    @Override
    public int inFlight() {
        return 0;
    }

    @Override
    public boolean online() {
        return connected() > 0;
    }

    @Override
    public String node() {
        return peer.id.toString();
    }

    /** None of a node that has left: what goes there waits until its sessions have been taken over. */
    @Override
    public int connected() {
        return peer.left ? 0 : route.online();
    }

    @Override
    public int reachable() {
        return peer.left ? 0 : route.members();
    }

    @Override
    public int members() {
        return peer.replaced ? 0 : route.members();
    }

    @Override
    public long connectedSince() {
        return route.onlineSince();
    }

    @Override
    public boolean isElsewhere() {
        return true;
    }
}
