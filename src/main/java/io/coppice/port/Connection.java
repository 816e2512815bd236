package io.coppice.port;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import org.jspecify.annotations.Nullable;

/**
 * One network connection of a client, used on its loop only. Output is appended to a buffer and leaves it
 * with {@link #flush}: once a turn, not once a packet.
 */
public interface Connection {
    Loop loop();

    /** The client's address and port as a person reads them, from the PROXY protocol where it is spoken. */
    String remoteAddress();

    /** The client's address without port, the key of limits by address. */
    String remoteHost();

    /** Which listener took it: {@code mqtt}, {@code ws}, … */
    String listener();

    /** What the client proved by TLS to have; null where it showed nothing. */
    default @Nullable ClientCertificate certificate() {
        return null;
    }

    /** The version that CONNECT named, as soon as it was read; null before. What is sent before {@link #established} is written in it, or as 3.1.1. */
    @Nullable
    ProtocolVersion claimedVersion();

    /**
     * Tells the codec what CONNECT settled: the version that packets are read and written in, and that
     * incoming packets may now be as large as the limit for connected clients.
     *
     * @param maximumPacketSize largest packet the client takes in bytes, or {@link Long#MAX_VALUE}
     * @param requestProblemInformation false strips Reason String and User Properties from all but PUBLISH,
     *     CONNACK and DISCONNECT (MQTT 5, 3.1.2.11.7)
     */
    void established(ProtocolVersion version, long maximumPacketSize, boolean requestProblemInformation);

    /** Appends a packet; in 3.1 and 3.1.1 as that version writes it, or nothing where it has none (DISCONNECT, AUTH). */
    void send(Packet packet);

    /** Whether the client takes an answer of this size; what it does not take, {@link #send} does not append (MQTT-3.1.2-24). */
    boolean fits(Packet packet);

    /** Appends a PUBLISH; see {@link io.coppice.session.SessionEffects#sendPublish}. The remaining Message Expiry Interval is computed at this moment. */
    void sendPublish(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] subscriptionIdentifiers);

    /** The bytes that {@link #sendPublish} would append without topic alias. */
    int publishSize(Message message, Qos qos, int[] subscriptionIdentifiers);

    /** Whether what is appended and not yet taken by the network stays below the limit for one connection. */
    boolean writable();

    /** Bytes appended since the connection began: a mark for {@link #flush}. */
    long written();

    /** Lets everything appended up to a mark go to the network. Marks only grow. */
    void flush(long upTo);

    /** Stops and resumes reading from the socket: how a client that sends too fast is slowed. Idempotent. */
    void reading(boolean wanted);

    /** Flushes everything appended and closes; nothing is received after it except {@link PacketSink#closed}. Idempotent. */
    void close();

    /** Drops what was appended and not flushed, and closes: for output whose records could not be stored. Idempotent. */
    void abort();
}
