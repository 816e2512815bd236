package io.coppice.transport;

import io.coppice.port.ClientCertificate;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who has connected, as far as that is known before a word of MQTT.
 *
 * @param listener by its name in the configuration
 * @param address from the PROXY protocol where it is spoken
 * @param certificate that TLS has proved; null where there is none
 */
record Caller(
        String listener, SocketAddress address, @Nullable ClientCertificate certificate) {}
