package io.coppice.observe;

import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Where a request comes from. Nothing is looked up. */
final class CallerAddress {
    private static final int IPV6_BYTES = 16;
    private static final int IPV6_NETWORK_BYTES = 8;

    private CallerAddress() {}

    /** By what an address is known to limits: IPv4 as it is, of IPv6 the network of 64 bits. */
    static String key(@Nullable SocketAddress remote) {
        InetAddress address = address(remote);
        if (address == null) {
            return "unknown";
        }
        byte[] bytes = address.getAddress();
        return bytes.length == IPV6_BYTES
                ? HexFormat.of().formatHex(Arrays.copyOf(bytes, IPV6_NETWORK_BYTES))
                : address.getHostAddress();
    }

    static boolean isLoopback(@Nullable SocketAddress remote) {
        InetAddress address = address(remote);
        return address != null && address.isLoopbackAddress();
    }

    private static @Nullable InetAddress address(@Nullable SocketAddress remote) {
        String literal = remote == null ? null : remote.hostAddress();
        try {
            return literal == null ? null : InetAddress.getByName(literal);
        } catch (UnknownHostException notAnAddress) {
            return null;
        }
    }
}
