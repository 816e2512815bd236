package io.coppice.cluster;

import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.Hosts;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;

/** What strangers can do at the ports of a cluster as it is configured, one line each, with what there is to do about it. */
public final class Exposure {
    private Exposure() {}

    /** The lines for a node of this machine; none where nobody else can reach it. */
    public static List<String> of(Cluster cluster) {
        return of(cluster, Exposure::ofThisMachine);
    }

    /** @param all the addresses of this machine */
    static List<String> of(Cluster cluster, Supplier<List<InetAddress>> all) {
        List<InetAddress> open = addresses(cluster.host(), all);
        List<String> lines = new ArrayList<>();
        if (open.stream().allMatch(InetAddress::isLoopbackAddress)) {
            return lines;
        }
        if (cluster.secretFile().isEmpty()) {
            lines.add("cluster.port: whoever reaches " + Hosts.withPort(cluster.host(), cluster.port())
                    + " can become a member of the cluster. Set cluster.secret-file to a file with the same secret on every "
                    + "node");
        }
        if (!cluster.busTls().enabled()) {
            lines.add("cluster.bus-port: whoever reaches " + Hosts.withPort(cluster.host(), cluster.busPort())
                    + " can speak to this node as another node. Set cluster.bus-tls.certificate, .key and .ca");
        }
        for (InetAddress address : open) {
            if (isPublic(address)) {
                lines.add("cluster.host: " + address.getHostAddress()
                        + " is a public address, and what members say to each other on cluster.port is not encrypted. Let them meet "
                        + "on a private network, and nobody but nodes come to cluster.port and cluster.bus-port");
                break;
            }
        }
        return lines;
    }

    private static List<InetAddress> addresses(String host, Supplier<List<InetAddress>> all) {
        try {
            List<InetAddress> named = List.of(InetAddress.getAllByName(host));
            return named.stream().anyMatch(InetAddress::isAnyLocalAddress) ? all.get() : named;
        } catch (UnknownHostException unknown) {
            return List.of(); // the start fails with that
        }
    }

    private static List<InetAddress> ofThisMachine() {
        try {
            List<InetAddress> all = new ArrayList<>();
            for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                all.addAll(Collections.list(each.getInetAddresses()));
            }
            return all;
        } catch (SocketException unknown) {
            return List.of();
        }
    }

    /** Whether the address may be reached from the whole Internet: it is none that is set aside for other ends. */
    static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean local = address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isAnyLocalAddress()
                || address.isMulticastAddress();
        boolean unique = address instanceof Inet6Address && (bytes[0] & 0xFE) == 0xFC;
        boolean shared = bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xC0) == 64;
        return !local && !unique && !shared;
    }
}
