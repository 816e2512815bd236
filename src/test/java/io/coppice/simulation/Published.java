package io.coppice.simulation;

import io.coppice.mqtt.Qos;
import java.util.List;

/** One message that a player published. */
final class Published {
    final String payload;
    final String topic;
    final Qos qos;
    /** Subscriptions that were acknowledged when it was sent. */
    final List<Subscribed> owed;

    /** Where it is retained: the latest version that the store had given when it was sent. */
    long storedAfter;

    boolean acked;
    /** The publisher may have repeated it to another session than the one that knew it. */
    boolean exempt;
    /** A node may have refused it, and its publisher may not have heard that: it repeats it then, behind what was not refused. */
    boolean refusable;

    Published(String payload, String topic, Qos qos, List<Subscribed> owed) {
        this.payload = payload;
        this.topic = topic;
        this.qos = qos;
        this.owed = owed;
    }

    /** One subscription of one session of a player. */
    static final class Subscribed {
        final Player player;
        final Sitting sitting;
        final String filter;
        final Qos qos;
        boolean acked;
        boolean removed;

        Subscribed(Player player, Sitting sitting, String filter, Qos qos) {
            this.player = player;
            this.sitting = sitting;
            this.filter = filter;
            this.qos = qos;
        }

        boolean stands() {
            return acked && !removed && !sitting.ended;
        }
    }
}
