package io.coppice.broker;

import io.coppice.mqtt.Qos;
import io.coppice.port.PeerMessage.Route;

/** The sum over all routes of a node by which two nodes see whether they know the same. */
final class RouteSum {
    private RouteSum() {}

    /** What a route adds to the sum over all: nothing where it is wanted no more. */
    static long of(Route route) {
        Qos qos = route.qos();
        if (qos == null) {
            return 0;
        }
        long bits = 0x9e3779b97f4a7c15L;
        String text = route.filter().value();
        for (int i = 0; i < text.length(); i++) {
            bits = (bits ^ text.charAt(i)) * 0x100000001b3L;
        }
        bits ^= qos.code() + 4L * route.online() + ((long) route.members() << 32);
        bits ^= route.onlineSince() * 0x9e3779b97f4a7c15L;
        bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        return bits ^ bits >>> 31;
    }
}
