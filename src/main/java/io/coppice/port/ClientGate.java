package io.coppice.port;

/** Where clients come in. */
public interface ClientGate {
    /** A connection was accepted; called on its loop before anything is read. */
    PacketSink opened(Connection connection);
}
