package io.coppice.config;

import io.coppice.config.CoppiceConfig.Address;
import io.coppice.config.CoppiceConfig.Listeners;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What can be said of hosts from their spelling alone, without asking a name server. */
public final class Hosts {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}");
    private static final Pattern IPV4_LOOPBACK = Pattern.compile("127(\\.[0-9]{1,3}){3}");

    private static final Pattern ADDRESS = Pattern.compile("(?:\\[([^\\[\\]]+)]|([^:\\[\\]]+))(?::([0-9]{1,5}))?");

    private Hosts() {}

    /** Whether no MQTT listener can be reached from another machine. */
    static boolean onlyLoopback(Listeners listeners) {
        return Stream.of(listeners.mqtt(), listeners.mqtts())
                        .allMatch(listener -> !listener.enabled() || isLoopback(listener.host()))
                && Stream.of(listeners.ws(), listeners.wss())
                        .allMatch(listener -> !listener.enabled() || isLoopback(listener.host()));
    }

    /** A host name, an IPv4 address, or a well-formed IPv6 address without brackets. */
    static Optional<String> read(String text) {
        boolean allowed =
                NAME.matcher(text).matches() || (isIpv6(text) && address(text).isPresent());
        return allowed ? Optional.of(text) : Optional.empty();
    }

    /** A host with or without a port; an IPv6 address with a port stands in brackets. */
    static Optional<Address> readAddress(String text, int defaultPort) {
        Matcher matcher = ADDRESS.matcher(text);
        if (!matcher.matches()) {
            return read(text).map(host -> new Address(host, defaultPort));
        }
        String bracketed = matcher.group(1);
        int port = matcher.group(3) == null ? defaultPort : Integer.parseInt(matcher.group(3));
        Optional<String> host =
                bracketed == null ? read(matcher.group(2)) : read(bracketed).filter(literal -> literal.contains(":"));
        return host.filter(any -> port >= 1 && port <= 65_535).map(sound -> new Address(sound, port));
    }

    /** Host and port as a person reads them: an IPv6 address stands in brackets. */
    public static String withPort(String host, int port) {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    static boolean isLoopback(String host) {
        return host.equalsIgnoreCase("localhost")
                || IPV4_LOOPBACK.matcher(host).matches()
                || (isIpv6(host)
                        && address(host).filter(InetAddress::isLoopbackAddress).isPresent());
    }

    /** Whether two sockets on these hosts and the same port are in each other's way. */
    static boolean overlap(String one, String other) {
        return isWildcard(one) || isWildcard(other) || canonical(one).equals(canonical(other));
    }

    /** The name of this machine as the environment or the resolver gives it; {@code coppice} when both are silent. */
    static String localName(Map<String, String> environment) {
        String name = environment.getOrDefault("HOSTNAME", "");
        if (!name.isBlank()) {
            return name;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "coppice";
        }
    }

    private static boolean isWildcard(String host) {
        return host.equals("0.0.0.0")
                || (isIpv6(host)
                        && address(host).filter(InetAddress::isAnyLocalAddress).isPresent());
    }

    private static String canonical(String host) {
        if (host.equalsIgnoreCase("localhost")) {
            return "127.0.0.1";
        }
        String lower = host.toLowerCase(Locale.ROOT);
        return isIpv6(host) ? address(host).map(InetAddress::getHostAddress).orElse(lower) : lower;
    }

    private static boolean isIpv6(String host) {
        return host.contains(":") && !host.startsWith("[");
    }

    /** The address of an IPv6 literal, which is never looked up; nothing when it is malformed. */
    private static Optional<InetAddress> address(String literal) {
        try {
            return Optional.of(InetAddress.getByName(literal));
        } catch (UnknownHostException malformed) {
            return Optional.empty();
        }
    }
}
