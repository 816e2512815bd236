package io.coppice.broker;

import io.coppice.port.PeerMessage.Route;
import io.coppice.topic.Subscriber;

/** The members that another node has of a shared subscription: together one member of the group here. */
final class PeerShare implements Subscriber {
    final Peer peer;
    /** How many of the members have a connection. */
    volatile int online;

    PeerShare(Peer peer, Route route) {
        this.peer = peer;
        this.online = route.online();
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
        return online > 0 && !peer.gone;
    }

    @Override
    public boolean isElsewhere() {
        return true;
    }
}
