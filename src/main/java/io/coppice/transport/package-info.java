/** vertx-mqtt listeners, WebSocket and PROXY on one side, {@code ClientGate} and {@code Connection} on the other. */
@NullMarked
package io.coppice.transport;

import org.jspecify.annotations.NullMarked;
