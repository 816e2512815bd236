package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import org.jspecify.annotations.Nullable;

/** One QoS 1 or 2 message from the client, until its packet identifier is free again. */
final class InboundMessage implements IdTable.Identified {
    // With the session at QoS 2, with the connection at QoS 1.
    private final int packetId;
    final Qos qos;
    /** Until it is routed; then nobody needs it. */
    @Nullable
    Message message;
    /** Between {@link SessionEffects#route} and its answer. */
    boolean routing;
    /** At QoS 2: has reached all it concerns, a repeat is answered and not routed. */
    boolean routed;
    /** At QoS 2: was answered with an error, so that its identifier is free as soon as the client knows. */
    boolean refused;
    /** What the client is told, once it is not {@link #routing}. */
    ReasonCode reason = ReasonCode.SUCCESS;

    // With the connection.
    /** When its PUBLISH came, see {@link SessionEffects#nanos}. */
    long since;
    /** Whether it counts against the Receive Maximum. */
    boolean counted;
    /** Whether PUBACK or PUBREC is due: it is in the line of answers. */
    boolean awaited;
    /** The next in the line of answers. */
    @Nullable
    InboundMessage next;

    InboundMessage(int packetId, Qos qos, @Nullable Message message) {
        this.packetId = packetId;
        this.qos = qos;
        this.message = message;
    }

    @Override
    public int packetId() {
        return packetId;
    }
}
