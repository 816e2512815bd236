package io.coppice.port;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolError;

/** What a connection brings in, on its loop. */
public interface PacketSink {
    /** One packet that is well-formed for the version and fits the connection's cap. May throw {@link ProtocolError}, which is then handed to {@link #refused}. */
    void received(Packet packet);

    /** The bytes are no packet, or one that may not be; nothing more is read. The sink answers and closes. */
    void refused(ProtocolError error);

    /** The output buffer has drained below the limit after {@link Connection#writable} was false. */
    void writableAgain();

    /** The client has taken nothing of what it is sent for longer than it may, and more is waiting. The sink ends the connection. */
    void unread(long millis);

    /** The connection is gone, for whatever reason; called once. */
    void closed();
}
