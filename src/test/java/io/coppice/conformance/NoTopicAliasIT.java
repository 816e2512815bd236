package io.coppice.conformance;

import static io.coppice.blackbox.Property.TOPIC_ALIAS;
import static io.coppice.blackbox.Property.TOPIC_ALIAS_MAXIMUM;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;

/** A server that takes no topic aliases: MQTT 5, 3.2.2.3.8. */
@BlackBox
@BrokerSettings("limits.topic-alias-max=0")
class NoTopicAliasIT {
    private final Broker broker;
    private final Names names;

    NoTopicAliasIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.2.2-18")
    void aClientUsesNone(Transport transport) {
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            assertThat(client.connack().properties().has(TOPIC_ALIAS_MAXIMUM)).isFalse();
            client.send(Packets.publish(V5, names.topic("a")).props(Props.of(TOPIC_ALIAS, 1)));
            client.expectDisconnect(0x94);
        }
    }
}
