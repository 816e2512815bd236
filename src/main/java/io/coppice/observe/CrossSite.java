package io.coppice.observe;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What browsers say of the page that a request comes from, and what a page could make them send. A browser that knows
 * a password of this port would add it to requests of any page: what changes something must show that no page of somebody
 * else has asked for it.
 */
final class CrossSite {
    /** Pages cannot send it to another site without being allowed to by that site. */
    static final String REQUEST_HEADER = "X-Coppice-Request";

    /** How browsers say that a page makes the request; {@code none} is the one who sits there. */
    static final String FETCH_SITE = "Sec-Fetch-Site";

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1", "[::1]");
    /** An address that somebody typed is no name that a stranger could have led elsewhere. */
    private static final Pattern ADDRESS =
            Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*]?");

    /** What a form or a script of any page may send anywhere without being asked first (Fetch standard, 2.2.2). */
    private static final Set<String> SIMPLE =
            Set.of("application/x-www-form-urlencoded", "multipart/form-data", "text/plain");

    private final Set<String> names;
    private final Supplier<Set<String>> certified;
    private final Set<String> origins;

    /**
     * @param names in lower case that requests may be for, besides loopback and addresses
     * @param certified the same of the certificate, where a first label {@code *} stands for any one; asked each time
     * @param origins whose pages may use the port
     */
    CrossSite(Set<String> names, Supplier<Set<String>> certified, List<String> origins) {
        this.names = names;
        this.certified = certified;
        this.origins = Set.copyOf(
                origins.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).toList());
    }

    /**
     * Why a request is not for this node; empty where it is. A page that is shown as {@code http://evil.example} can have
     * that name lead here, and would read answers as its own.
     */
    String misdirected(HttpServerRequest request) {
        HostAndPort authority = request.authority();
        String host = authority == null ? "" : authority.host().toLowerCase(Locale.ROOT);
        if (LOOPBACK.contains(host) || ADDRESS.matcher(host).matches() || names.contains(host) || isCertified(host)) {
            return "";
        }
        return "the request is for a host that this node is not known by; allowed: localhost, an address, a name of the"
                + " certificate, admin.host and those of admin.names";
    }

    private boolean isCertified(String host) {
        Set<String> known = certified.get();
        int dot = host.indexOf('.');
        return known.contains(host) || dot > 0 && known.contains("*" + host.substring(dot));
    }

    /**
     * The origin of a page that may read the answer; null where no page asks, or it is of this port itself.
     *
     * @return as the browser wrote it
     */
    @Nullable
    String allowedOrigin(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        return origin != null && origins.contains(origin.toLowerCase(Locale.ROOT)) ? origin : null;
    }

    /**
     * Why a page may not have asked for something that changes, or is secret; empty where it may, or none has.
     *
     * @param ambient whether a browser proves by itself who asks, as it does with passwords
     */
    String forged(HttpServerRequest request, boolean ambient) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        boolean allowed = allowedOrigin(request) != null;
        String site = request.getHeader(FETCH_SITE);
        if (origin != null && !allowed && !isOwn(origin, request)) {
            return "the request comes from a page of another site; allowed: this port's own, and those of admin.cors-origins";
        }
        if (site != null && !allowed && !site.equals("none") && !site.equals("same-origin")) {
            return "the request comes from a page of another site; allowed: this port's own, and those of admin.cors-origins";
        }
        if (ambient && HttpMethod.POST.equals(request.method()) && isSimple(request)) {
            return "any page could have sent this; allowed: with the header " + REQUEST_HEADER
                    + ", whatever it says, or with a Content-Type such as application/json";
        }
        return "";
    }

    private static boolean isSimple(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        String plain = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return !request.headers().contains(REQUEST_HEADER) && (plain.isEmpty() || SIMPLE.contains(plain));
    }

    /** By host and port: a proxy in front may speak TLS where this port does not. */
    private static boolean isOwn(String origin, HttpServerRequest request) {
        String host = request.getHeader(HttpHeaders.HOST);
        int scheme = origin.indexOf("://");
        return host != null && scheme > 0 && origin.substring(scheme + 3).equalsIgnoreCase(host);
    }

    // --- where nobody has a password

    /**
     * Why a request is neither of a program on this machine nor of a page of this port; empty where it is. Any page in a browser of
     * this machine comes from there too: it names where it comes from, or another host than this one. Those of this port add
     * {@link #REQUEST_HEADER}, so that no link and no form that somebody has put into one of them does what a script of ours would.
     */
    static String noNeighbour(HttpServerRequest request) {
        if (!isFromHere(request.remoteAddress())) {
            return "this is answered only to programs on the node's own machine, since the admin port has no"
                    + " users; connect to 127.0.0.1 there, for instance through ssh or kubectl port-forward,"
                    + " or set admin.users-file";
        }
        HostAndPort authority = request.authority();
        if (authority == null || !LOOPBACK.contains(authority.host())) {
            return "the request is for the host " + (authority == null ? "without a name" : authority.host())
                    + "; allowed: 127.0.0.1, [::1] and localhost, so that no page of a browser can come in by another name";
        }
        String site = request.getHeader(FETCH_SITE);
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null && (site == null || site.equals("none"))) {
            return "";
        }
        boolean own = (origin == null || isOwn(origin, request)) && (site == null || site.equals("same-origin"));
        return own && request.headers().contains(REQUEST_HEADER)
                ? ""
                : "the request comes from a page of a browser; allowed: programs, and this port's own pages with the header "
                        + REQUEST_HEADER;
    }

    static boolean isFromHere(@Nullable SocketAddress remote) {
        return CallerAddress.isLoopback(remote);
    }
}
