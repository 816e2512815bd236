package io.coppice.broker;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.session.SessionLimits;
import org.jspecify.annotations.Nullable;

/** What CONNACK tells a client of version 5: all in which the broker differs from what the standard supposes (MQTT 5, 3.2.2.3). */
final class Welcome {
    private Welcome() {}

    /**
     * @param assignedId the identifier of a client that brought none, or null
     * @param sessionExpiry seconds, as granted
     * @param keepAlive seconds, as granted
     */
    static Properties properties(
            Packet.Connect connect,
            BrokerSettings settings,
            @Nullable String assignedId,
            long sessionExpiry,
            int keepAlive,
            @Nullable Authentication authentication) {
        if (!connect.version().isV5()) {
            return Properties.NONE;
        }
        Properties.Builder properties = Properties.builder();
        if (sessionExpiry != connect.properties().number(Property.SESSION_EXPIRY_INTERVAL, 0)) {
            properties.number(Property.SESSION_EXPIRY_INTERVAL, sessionExpiry);
        }
        SessionLimits limits = settings.session();
        if (limits.receiveMaximum() != 65_535) {
            properties.number(Property.RECEIVE_MAXIMUM, limits.receiveMaximum());
        }
        properties.number(Property.MAXIMUM_PACKET_SIZE, settings.packetSizeMax());
        if (assignedId != null) {
            properties.text(Property.ASSIGNED_CLIENT_IDENTIFIER, assignedId);
        }
        if (limits.topicAliasMax() > 0) {
            properties.number(Property.TOPIC_ALIAS_MAXIMUM, limits.topicAliasMax());
        }
        if (keepAlive != connect.keepAlive()) {
            properties.number(Property.SERVER_KEEP_ALIVE, keepAlive);
        }
        if (authentication != null) {
            authentication.describe(properties);
        }
        return properties.build();
    }
}
