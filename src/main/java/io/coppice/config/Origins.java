package io.coppice.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The sites whose pages may open a WebSocket. A browser names the site of the page in {@code Origin} (RFC 6454; RFC 6455,
 * 10.2), and lets any page connect anywhere; it proves by itself who sits there where it has a client's certificate, or
 * where being on a machine or in a network is enough. Programs name no origin, or whichever they like: they are not
 * meant.
 *
 * @param any whether all sites may
 * @param sameHost whether those may that are on the host the request is for, whatever their port: the pages that come
 *     from the node itself. All names of loopback are one host
 * @param listed in lower case, without the port that goes without saying, such as {@code https://app.example.com}
 */
public record Origins(boolean any, boolean sameHost, List<String> listed) {
    public static final Origins SAME_HOST = new Origins(false, true, List.of());

    static final Pattern ORIGIN = Pattern.compile("https?://([A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?");

    private static final String ANY_WORD = "any";
    private static final String SAME_HOST_WORD = "same-host";

    public Origins {
        listed = List.copyOf(listed);
    }

    /** One of the words or an origin, as it may stand in a configuration. */
    static Optional<String> readOne(String text) {
        boolean allowed = text.equals(ANY_WORD)
                || text.equals(SAME_HOST_WORD)
                || ORIGIN.matcher(text).matches();
        return allowed ? Optional.of(text) : Optional.empty();
    }

    /** @param texts each as {@link #readOne} takes it; none lets no page in */
    static Origins of(List<String> texts) {
        return new Origins(
                texts.contains(ANY_WORD),
                texts.contains(SAME_HOST_WORD),
                texts.stream()
                        .filter(text -> ORIGIN.matcher(text).matches())
                        .map(Origins::plain)
                        .toList());
    }

    /**
     * Whether a page may.
     *
     * @param origin as the browser wrote it; {@code null} as text is what it writes of a page without a site, which is
     *     none of those that are allowed
     * @param host that the request is for, with or without a port; empty where it says none
     */
    public boolean allow(String origin, String host) {
        if (any) {
            return true;
        }
        String plain = plain(origin);
        if (!ORIGIN.matcher(plain).matches()) {
            return false;
        }
        return listed.contains(plain) || sameHost && isSameHost(plain.substring(plain.indexOf("://") + 3), host);
    }

    private static boolean isSameHost(String one, String other) {
        String site = withoutPort(one);
        String asked = withoutPort(other.toLowerCase(Locale.ROOT));
        return site.equals(asked) || isLoopback(site) && isLoopback(asked);
    }

    private static boolean isLoopback(String host) {
        return Hosts.isLoopback(
                host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host);
    }

    private static String withoutPort(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    }

    /** As browsers write it (RFC 6454, 6.2). */
    private static String plain(String origin) {
        String lower = origin.toLowerCase(Locale.ROOT);
        String port = lower.startsWith("https:") ? ":443" : ":80";
        return lower.endsWith(port) ? lower.substring(0, lower.length() - port.length()) : lower;
    }
}
