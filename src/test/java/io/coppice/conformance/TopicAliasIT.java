package io.coppice.conformance;

import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.Publish;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;

/** Topic Aliases: MQTT 5, 3.3.2.3.4. */
@BlackBox
class TopicAliasIT {
    private final Broker broker;
    private final Names names;

    TopicAliasIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private static Publish aliased(String topic, long alias, String payload) {
        return Packets.publish(V5, topic).payload(payload).qos(1).props(Props.of(Property.TOPIC_ALIAS, alias));
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.2-7")
    void anAliasEndsWithItsConnection(Transport transport) {
        String topic = names.topic("a");
        try (RawClient subscriber = broker.connect(transport, V5, names.client("s"))) {
            subscriber.subscribe(names.topic("#"), 1);
            try (RawClient before = broker.connect(
                    transport, V5, Packets.connect(V5, names.client("p")).persistent(60))) {
                before.publish(aliased(topic, 1, "set"));
                before.publish(aliased("", 1, "used"));
                assertThat(subscriber.receive().text()).isEqualTo("set");
                assertThat(subscriber.receive().text()).isEqualTo("used");
                before.disconnect();
            }

            try (RawClient after = broker.connect(
                            transport,
                            V5,
                            Packets.connect(V5, names.client("p")).persistent(60));
                    RawClient other = broker.connect(transport, V5, names.client("o"))) {
                assertThat(after.connack().sessionPresent()).isTrue();
                after.send(aliased("", 1, "stale").id(1));
                after.expectDisconnect(0x82, 0x94);
                subscriber.expectNothingFrom(other);
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.2-8")
    @NotInMosquitto("it says 0x81")
    void alias0IsInvalid(Transport transport) {
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            client.send(aliased(names.topic("a"), 0, "x").id(1));
            client.expectDisconnect(0x94);
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.2-12")
    void everyAliasUpToTheMaximumIsAccepted(Transport transport) {
        try (RawClient subscriber = broker.connect(transport, V5, names.client("s"));
                RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            subscriber.subscribe(names.topic("#"), 1);
            long max = publisher
                    .connack()
                    .properties()
                    .number(Property.TOPIC_ALIAS_MAXIMUM)
                    .orElse(0L);
            assertThat(max).isPositive();
            for (int round = 1; round <= 2; round++) { // in the second, each stands for another topic
                for (long alias = 1; alias <= max; alias++) {
                    String topic = names.topic(round + "/" + alias);
                    publisher.publish(aliased(topic, alias, "set"));
                    assertThat(subscriber.receive().topic()).isEqualTo(topic);
                }
                for (long alias = max; alias >= 1; alias--) {
                    publisher.publish(aliased("", alias, "used"));
                    Received message = subscriber.receive();
                    assertThat(message.topic()).isEqualTo(names.topic(round + "/" + alias));
                    assertThat(message.text()).isEqualTo("used");
                }
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.2-11")
    void aClientIsSentNoAliasAboveItsMaximum(Transport transport) {
        try (RawClient without = broker.connect(transport, V5, names.client("w"));
                RawClient three = broker.connect(
                        transport,
                        V5,
                        Packets.connect(V5, names.client("t")).props(Props.of(Property.TOPIC_ALIAS_MAXIMUM, 3)));
                RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            without.subscribe(names.topic("#"), 0);
            three.subscribe(names.topic("#"), 0);
            boolean used = false;
            for (int i = 0; i < 30; i++) {
                String topic = names.topic("topic/" + i * i % 7);
                publisher.publish(topic, "" + i, 1);
                Received message = three.receive(); // its alias is held against the CONNECT
                assertThat(message.topic()).isEqualTo(topic);
                assertThat(message.text()).isEqualTo("" + i);
                used |= message.properties().has(Property.TOPIC_ALIAS);
                Received plain = without.receive();
                assertThat(plain.properties().has(Property.TOPIC_ALIAS)).isFalse();
                assertThat(plain.topic()).isEqualTo(topic);
            }
            assertThat(used).isEqualTo(Broker.isCoppice());
        }
    }
}
