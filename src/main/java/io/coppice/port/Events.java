package io.coppice.port;

import io.coppice.mqtt.ReasonCode;

/** What an operator may want to read of single clients; an implementation limits the rate. Never called per message. */
public interface Events {
    /**
     * A client was refused or cut off, or went.
     *
     * @param name stable name of the event in kebab-case, such as {@code connect-refused}
     * @param clientId empty while not known
     * @param detail what was wrong and what happens next, in words
     */
    void client(String name, String clientId, String remoteAddress, ReasonCode reason, String detail);
}
