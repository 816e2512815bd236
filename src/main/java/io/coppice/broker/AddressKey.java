package io.coppice.broker;

import java.util.ArrayList;
import java.util.List;

/** By what an address is known to the limits: IPv4 as it is, of IPv6 the network of 64 bits, which is what one customer has. */
final class AddressKey {
    private static final int GROUPS = 8;
    private static final int GROUPS_OF_NETWORK = 4;
    private static final int HEX = 16;

    private AddressKey() {}

    /** @param host an address without port; what is none is its own key */
    static String of(String host) {
        int zone = host.indexOf('%');
        String address = zone < 0 ? host : host.substring(0, zone);
        if (address.indexOf(':') < 0) {
            return address;
        }
        if (address.indexOf('.') >= 0) { // an IPv4 address in the clothes of the other
            return address.substring(address.lastIndexOf(':') + 1);
        }
        List<String> groups = groups(address);
        if (groups.size() != GROUPS) {
            return host;
        }
        StringBuilder network = new StringBuilder();
        try {
            for (String group : groups.subList(0, GROUPS_OF_NETWORK)) {
                network.append(Integer.toHexString(Integer.parseInt(group, HEX)))
                        .append(':');
            }
        } catch (NumberFormatException e) {
            return host;
        }
        return network.append(":/64").toString();
    }

    /** The groups that are written, with zeros where two colons stand for them. */
    private static List<String> groups(String address) {
        int gap = address.indexOf("::");
        if (gap < 0) {
            return List.of(address.split(":", -1));
        }
        List<String> groups = new ArrayList<>(written(address.substring(0, gap)));
        List<String> behind = written(address.substring(gap + 2));
        while (groups.size() + behind.size() < GROUPS) {
            groups.add("0");
        }
        groups.addAll(behind);
        return groups;
    }

    private static List<String> written(String part) {
        return part.isEmpty() ? List.of() : List.of(part.split(":", -1));
    }
}
