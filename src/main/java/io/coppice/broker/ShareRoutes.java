package io.coppice.broker;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.PeerMessage.Route;
import io.coppice.topic.SharedGroup;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The routes of shared subscriptions, as the groups in the subscription tree need them. On the first loop. */
final class ShareRoutes {
    private final Broker broker;
    private final Map<Peer, Map<TopicFilter, PeerShare>> ofPeers = new HashMap<>();

    ShareRoutes(Broker broker) {
        this.broker = broker;
    }

    /**
     * This node's own route, by which it chooses from now on as the others will.
     *
     * @param former what was told last, or null
     */
    Route own(TopicFilter filter, @Nullable Qos highest, int connected, int members, @Nullable Route former) {
        long since = 0;
        if (connected > 0) {
            since = former != null && former.online() > 0
                    ? former.onlineSince()
                    : broker.shards.get(0).loop.now();
        }
        Route route = new Route(filter, highest, connected, members, since);
        SharedGroup group = broker.tree.group(filter);
        if (group != null) {
            group.told(new OwnShare(broker.self().toString(), route));
        }
        return route;
    }

    /**
     * Another node's route has changed.
     *
     * @param subscription with which its members stand in the tree; null where there are none any more
     */
    void put(Peer peer, Route route, @Nullable Subscription subscription) {
        Map<TopicFilter, PeerShare> its = ofPeers.computeIfAbsent(peer, id -> new HashMap<>());
        if (subscription == null) {
            PeerShare former = its.remove(route.filter());
            if (former != null) {
                broker.tree.remove(route.filter(), former);
            }
            return;
        }
        PeerShare share = its.computeIfAbsent(route.filter(), unknown -> new PeerShare(peer, route));
        share.changed(route);
        broker.tree.put(subscription, share);
    }

    void retire(Peer peer) {
        ofPeers.remove(peer);
    }
}
