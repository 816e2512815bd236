package io.coppice.client;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * All that a connection begins with.
 *
 * @param version 5 or 311
 * @param sessionExpirySeconds MQTT 5 only; 4294967295 for a session without end
 * @param trust whose certificates are believed; null for those whom Java trusts
 * @param keys what the client shows; null for nothing
 * @param nameChecked whether the broker's certificate must be for its host
 */
public record Login(
        Address address,
        int version,
        String clientId,
        @Nullable String user,
        byte @Nullable [] password,
        int keepAliveSeconds,
        boolean cleanStart,
        long sessionExpirySeconds,
        @Nullable Outgoing will,
        @Nullable TrustManagerFactory trust,
        @Nullable KeyManagerFactory keys,
        boolean nameChecked) {
    public static final int VERSION_5 = 5;
    public static final int VERSION_311 = 311;

    /** Says nothing of the password. */
    @Override
    public String toString() {
        return clientId + " at " + address;
    }
}
