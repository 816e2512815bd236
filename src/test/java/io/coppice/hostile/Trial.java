package io.coppice.hostile;

import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;

/**
 * One client does something wrong. It is told why in version 5 and its connection is closed; what it had published and
 * was acknowledged is delivered, what it sends behind the bad packet is not, and the bystanders notice nothing.
 */
final class Trial {
    private final Broker broker;
    private final Names names;

    Trial(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    /** A packet that ends the connection of a client that was accepted. */
    void ends(Transport transport, Version version, Sendable wrong, int... reasons) {
        try (Bystanders others = new Bystanders(broker, names)) {
            ends(others, transport, version, wrong, reasons);
            others.noticeNothing();
        }
    }

    /** As {@link #ends(Transport, Version, Sendable, int...)} for one packet of many, with the same bystanders. */
    void ends(Bystanders others, Transport transport, Version version, Sendable wrong, int... reasons) {
        try (RawClient bad = broker.connect(transport, version, names.client("bad"))) {
            others.hear(bad, "before the bad packet");
            bad.sendTogether(wrong, Packets.publish(version, others.topic()).payload("behind the bad packet"));
            bad.expectEnded(reasons);
        }
    }

    /** A CONNECT that is refused: with CONNACK in version 5, with a bare close in 3.1.1. */
    void refuses(Transport transport, Version version, Sendable wrong, int... reasons) {
        try (Bystanders others = new Bystanders(broker, names)) {
            refuses(others, transport, version, wrong, reasons);
            others.noticeNothing();
        }
    }

    void refuses(Bystanders others, Transport transport, Version version, Sendable wrong, int... reasons) {
        try (RawClient bad = broker.open(transport, version)) {
            bad.sendTogether(wrong, Packets.publish(version, others.topic()).payload("behind the bad packet"));
            if (version.is5()) {
                bad.expectRefused(reasons);
            } else {
                bad.expectClosed();
            }
        }
    }
}
