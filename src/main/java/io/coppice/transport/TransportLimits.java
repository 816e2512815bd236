package io.coppice.transport;

import io.coppice.codec.DecoderLimits;

/**
 * What one connection may take of the node.
 *
 * @param decoding what a packet may hold
 * @param connectTimeoutMillis from accept until {@link io.coppice.port.Connection#established}: CONNECT, and with
 *     it the WebSocket handshake and any authentication, must be over by then, or the connection is closed
 * @param handshakeTimeoutMillis from accept until TLS is agreed upon; the connection is closed where it is not
 * @param closeTimeoutMillis from {@link io.coppice.port.Connection#close} until the peer has taken what was sent and
 *     closed its side, or the connection is cut
 * @param outputBufferBytesMax bytes appended and not yet taken by the network from which on
 *     {@link io.coppice.port.Connection#writable} is false; as many more, and the connection is cut
 * @param sendTimeoutMillis for which the network may take nothing of a full output, until {@link
 *     io.coppice.port.PacketSink#unread}; 0 for ever
 */
public record TransportLimits(
        DecoderLimits decoding,
        long connectTimeoutMillis,
        long handshakeTimeoutMillis,
        long closeTimeoutMillis,
        int outputBufferBytesMax,
        long sendTimeoutMillis) {
    public TransportLimits {
        if (connectTimeoutMillis <= 0
                || handshakeTimeoutMillis <= 0
                || closeTimeoutMillis <= 0
                || outputBufferBytesMax <= 0
                || sendTimeoutMillis < 0) {
            throw new IllegalArgumentException("timeouts and output buffer must be above 0");
        }
    }

    /** The same for packets with other limits. */
    TransportLimits withDecoding(DecoderLimits others) {
        return new TransportLimits(
                others,
                connectTimeoutMillis,
                handshakeTimeoutMillis,
                closeTimeoutMillis,
                outputBufferBytesMax,
                sendTimeoutMillis);
    }
}
