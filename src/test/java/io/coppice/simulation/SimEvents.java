package io.coppice.simulation;

import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Events;
import java.util.ArrayList;
import java.util.List;

/** Remembers what was told of clients. */
public final class SimEvents implements Events {
    /** One event. */
    public record Told(String name, String clientId, ReasonCode reason) {}

    public final List<Told> told = new ArrayList<>();

    @Override
    public void client(String name, String clientId, String remoteAddress, ReasonCode reason, String detail) {
        told.add(new Told(name, clientId, reason));
    }
}
