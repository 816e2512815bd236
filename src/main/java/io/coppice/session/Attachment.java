package io.coppice.session;

import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Will;
import org.jspecify.annotations.Nullable;

/**
 * What one connection brings to a session: everything here ends with the connection, except the expiry
 * interval, the will and the owner, which the session keeps (MQTT 5, 3.1).
 *
 * @param sessionExpiryInterval seconds the session lives on after the connection; 0 ends it with the
 *     connection, 4,294,967,295 never. Already capped by the broker's own maximum
 * @param receiveMaximum unacknowledged QoS 1 and 2 messages the client takes, 1 to 65,535
 * @param maximumPacketSize bytes of the largest packet the client takes, or {@link Long#MAX_VALUE}
 * @param topicAliasMaximum highest alias the client accepts, 0 to 65,535
 * @param owner the user whose session it is from now on; null where it is nobody's
 */
public record Attachment(
        ProtocolVersion version,
        long sessionExpiryInterval,
        int receiveMaximum,
        long maximumPacketSize,
        int topicAliasMaximum,
        @Nullable Will will,
        @Nullable String owner) {
    /** The Session Expiry Interval that never ends. */
    public static final long NEVER_EXPIRES = 0xFFFF_FFFFL;

    /** That of a session that is nobody's. */
    public Attachment(
            ProtocolVersion version,
            long sessionExpiryInterval,
            int receiveMaximum,
            long maximumPacketSize,
            int topicAliasMaximum,
            @Nullable Will will) {
        this(version, sessionExpiryInterval, receiveMaximum, maximumPacketSize, topicAliasMaximum, will, null);
    }
}
