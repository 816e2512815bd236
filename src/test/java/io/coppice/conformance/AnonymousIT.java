package io.coppice.conformance;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;

/** A broker that lets in nobody whom it does not know. */
@BlackBox
@BrokerSettings("security.anonymous=false")
class AnonymousIT {
    private final Broker broker;
    private final Names names;

    AnonymousIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.4-2", "MQTT-3.2.2-7"},
            v311 = "MQTT-3.2.2-5")
    void anonymousClientsAreRefused(Transport transport, Version version) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(Packets.connect(version, names.client("c")));
            client.expectRefused(version.is5() ? 0x87 : 5);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.4-2", v311 = "MQTT-3.2.2-5")
    void aNameThatNobodyKnowsDoesNotHelp(Transport transport, Version version) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(Packets.connect(version, names.client("c")).user("me").password("mine"));
            client.expectRefused(version.is5() ? new int[] {0x86, 0x87} : new int[] {4, 5});
        }
    }
}
