package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.UNSUBACK;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.List;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Topics that begin with $: section 4.7.2 of both standards. */
@BlackBox
@BrokerSettings(alone = true)
@Execution(ExecutionMode.SAME_THREAD)
class SystemTopicsIT {
    private static final List<String> WITH_WILDCARD_FIRST =
            List.of("#", "+/#", "+/x", "+/x/+", "$share/g/#", "$share/g/+/x", "$share/g/+/#");

    private final Broker broker;
    private final Names names;

    SystemTopicsIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    /** A topic with $, for Mosquitto lets clients publish below $SYS, and Coppice does not. */
    private String topic() {
        return "$" + names.client("own") + "/x";
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.7.2-1", v311 = "MQTT-4.7.2-1")
    void aWildcardInFrontMatchesNoTopicWithADollar(Transport transport, Version version) {
        String topic = topic();
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient knowing = broker.connect(transport, version, names.client("k"))) {
            knowing.subscribe(topic.replace("/x", "/+"), 1);
            for (String filter : WITH_WILDCARD_FIRST) {
                try (RawClient watcher = broker.connect(transport, version, names.client("w"))) {
                    watcher.subscribe(filter, 1);
                    publisher.publish(topic, filter, 1);
                    publisher.publish(topic.substring(0, topic.indexOf('/')), filter, 1);
                    publisher.publish(topic + "/y", filter, 1);
                    publisher.publish(names.topic("x"), "seen", 1);
                    if (!filter.equals("+/x/+")) {
                        assertThat(watcher.receive().text()).isEqualTo("seen");
                    }
                    watcher.expectNothingFrom(publisher);
                }
                assertThat(knowing.receive().text()).isEqualTo(filter);
            }
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.7.2-1", v311 = "MQTT-4.7.2-1")
    void aWildcardInFrontBringsNoRetainedMessageWithADollar(Transport transport, Version version) {
        String topic = topic();
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.publish(Packets.publish(version, topic).qos(1).retain().payload("kept"));
            for (String filter : List.of("#", "+/#", "+/x", "+/+")) {
                client.subscribe(filter, 1);
                client.expectNothing();
                client.send(Packets.unsubscribe(version, client.nextId()).filter(filter));
                client.await(UNSUBACK);
            }
            client.subscribe(topic.replace("/x", "/#"), 1);
            Received retained = client.receive();
            assertThat(retained.topic()).isEqualTo(topic);
            assertThat(retained.retain()).isTrue();
            client.publish(Packets.publish(version, topic).qos(1).retain());
        }
    }

    /** Topics of the server's own come at least every second. */
    @InEveryVersion
    @Proves(v5 = "MQTT-4.7.2-1", v311 = "MQTT-4.7.2-1")
    @NotInMosquitto("its topics come every ten seconds")
    void theServersTopicsComeToThoseWhoNameThem(Transport transport, Version version) {
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"));
                RawClient knowing = broker.connect(transport, version, names.client("k"))) {
            watcher.subscribe("#", 0);
            watcher.subscribe("+/broker/#", 0);
            knowing.subscribe("$SYS/#", 0);
            assertThat(knowing.receive().retain()).isTrue();
            Received live = knowing.receive();
            while (live.retain()) {
                live = knowing.receive();
            }
            assertThat(live.topic()).startsWith("$SYS/");
            watcher.expectNothing();
        }
    }
}
