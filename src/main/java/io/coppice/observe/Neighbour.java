package io.coppice.observe;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Set;

/**
 * Whether a request comes from a program on this machine that was meant to make it. Nobody proves who he is on the admin port
 * yet; what is secret or changes something is for the loopback only. A page in a browser of this machine comes from there too:
 * it names where it comes from, or another host than this one.
 */
final class Neighbour {
    private static final Set<String> NAMES = Set.of("localhost", "127.0.0.1", "::1", "[::1]");
    /** How browsers say that a page makes the request; {@code none} is the one who sits there. */
    private static final String FETCH_SITE = "Sec-Fetch-Site";

    private Neighbour() {}

    /** Why it is refused, and what is allowed; empty where it is not. */
    static String refusal(HttpServerRequest request) {
        String address =
                request.remoteAddress() == null ? null : request.remoteAddress().hostAddress();
        if (address == null || !isLoopback(address)) {
            return "this is answered only to programs on the node's own machine, since the admin port knows no"
                    + " passwords yet; connect to 127.0.0.1 there, for instance through ssh or kubectl port-forward";
        }
        HostAndPort authority = request.authority();
        if (authority == null || !NAMES.contains(authority.host())) {
            return "the request is for the host " + (authority == null ? "without a name" : authority.host())
                    + "; allowed: 127.0.0.1, [::1] and localhost, so that no page of a browser can come in by another name";
        }
        String site = request.getHeader(FETCH_SITE);
        if (request.getHeader(HttpHeaders.ORIGIN) != null || site != null && !site.equals("none")) {
            return "the request comes from a page of a browser; allowed: programs";
        }
        return "";
    }

    /** @param address never a name, so nothing is looked up */
    private static boolean isLoopback(String address) {
        try {
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException notAnAddress) {
            return false;
        }
    }
}
