package io.coppice.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** IP addresses that begin with the same bits, such as {@code 10.0.0.0/8} or {@code 2001:db8::/32}. */
public final class AddressRange {
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");
    private static final Pattern BITS = Pattern.compile("[0-9]{1,3}");

    private final byte[] first;
    private final int bits;

    private AddressRange(byte[] first, int bits) {
        this.first = first;
        this.bits = bits;
    }

    /** Null for what is no address and no range. */
    public static @Nullable AddressRange of(String text) {
        int slash = text.indexOf('/');
        byte[] address = bytes(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return null;
        }
        String length = slash < 0 ? String.valueOf(address.length * 8) : text.substring(slash + 1);
        if (!BITS.matcher(length).matches() || Integer.parseInt(length) > address.length * 8) {
            return null;
        }
        return new AddressRange(address, Integer.parseInt(length));
    }

    /**
     * The bytes of an address that a connection comes from; an IPv4 address in IPv6 is one of IPv4.
     *
     * @param remote with its port, {@code 192.0.2.1:50214} or {@code [2001:db8::1]:50214}
     * @return null where it is none
     */
    public static byte @Nullable [] ofRemote(String remote) {
        int colon = remote.lastIndexOf(':');
        String host = colon < 0 ? remote : remote.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        return bytes(bracketed ? host.substring(1, host.length() - 1) : host);
    }

    /** Nothing is looked up: a name has no bytes. */
    private static byte @Nullable [] bytes(String literal) {
        int zone = literal.indexOf('%');
        String address = zone < 0 ? literal : literal.substring(0, zone);
        if (!IPV4.matcher(address).matches() && !IPV6.matcher(address).matches()) {
            return null;
        }
        try {
            return InetAddress.getByName(address).getAddress();
        } catch (UnknownHostException noAddress) {
            return null;
        }
    }

    public boolean contains(byte[] address) {
        if (address.length != first.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> i % 8;
            if ((address[i / 8] & mask) != (first[i / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    /** Whether an address is in it that is written without port; never where it is none. */
    public boolean holds(String address) {
        byte[] bytes = bytes(address);
        return bytes != null && contains(bytes);
    }

    /** Whether an address is in it; an IPv4 address in IPv6 is one of IPv4. */
    public boolean contains(InetAddress address) {
        try {
            return contains(InetAddress.getByAddress(address.getAddress()).getAddress());
        } catch (UnknownHostException neither) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes", neither);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof AddressRange that && bits == that.bits && Arrays.equals(first, that.first);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(first) * 31 + bits;
    }
}
