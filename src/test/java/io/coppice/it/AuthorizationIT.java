package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.suback.Mqtt5SubAckReasonCode;
import io.coppice.Node;
import io.coppice.blackbox.Hostile;
import io.coppice.config.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients may do by the rules of a file, and what becomes of that when the file changes. */
@Timeout(60)
class AuthorizationIT {
    private static final String ALL = """
            pattern readwrite fence/#
            pattern write out/%c/#
            pattern read in/%c/#
            pattern readwrite open/#
            pattern deny open/secret
            pattern read one/+
            user root
            topic readwrite #
            topic read $SYS/#
            """;

    @TempDir
    Path directory;

    private Path acl;
    private RunningNode node;
    private Hive5 root;

    @BeforeEach
    void start() throws Exception {
        acl = Files.writeString(directory.resolve("acl"), ALL);
        node = RunningNode.start("security.acl-file=" + acl, "security.reload-interval=50ms", "sys.interval=100ms");
        root = node.own(new Hive5("root", node.mqtt(), false));
        Peer.await(root.client
                .connectWith()
                .simpleAuth()
                .username("root")
                .applySimpleAuth()
                .send());
    }

    @AfterEach
    void stop() throws Exception {
        node.close();
    }

    /** In one step, as an editor does it. */
    private void replace(String text) throws Exception {
        Path newer = Files.writeString(directory.resolve("newer"), text);
        Files.move(newer, acl, StandardCopyOption.REPLACE_EXISTING);
    }

    private Mqtt5PubAckReasonCode publish(Hive5 client, String topic) throws Exception {
        try {
            client.publish(topic, "x", 1, false);
            return Mqtt5PubAckReasonCode.SUCCESS;
        } catch (ExecutionException refused) {
            return ((Mqtt5PubAckException) refused.getCause()).getMqttMessage().getReasonCode();
        }
    }

    private Hive5 hive(String clientId) throws Exception {
        Hive5 client = node.own(new Hive5(clientId, node.mqtt(), false));
        client.connect(true);
        return client;
    }

    @ParameterizedTest
    @EnumSource
    void clientsOfEveryKindDoWhatTheRulesAllow(Kind kind) throws Exception {
        Peer client = node.connected(kind, "lamp");
        root.subscribe("out/#", 2);
        client.subscribe("in/lamp/#", 2);
        client.subscribe("open/#", 2);
        for (int qos = 0; qos < 3; qos++) {
            client.publish("out/lamp/state", "mine" + qos, qos);
            root.publish("in/lamp/set", "yours" + qos, qos);
            root.publish("open/secret", "hidden" + qos, qos);
            root.publish("open/door", "seen" + qos, qos);
            assertThat(root.next().payload()).isEqualTo("mine" + qos);
            assertThat(client.next(2)).extracting(Received::payload).containsExactly("yours" + qos, "seen" + qos);
        }
        client.publish("out/other/state", "not mine", 0);
        client.hasNoOther(root);
        root.hasNoOther(root);
        // that of QoS 0 by the client and those of three qualities that were hidden from it
        assertThat(node.dropped("not_authorized")).isEqualTo(4);
    }

    @Test
    void publishingWithoutRightIsAnsweredOrDroppedAsTheVersionKnows() throws Exception {
        root.subscribe("out/#", 2);
        Hive5 five = hive("five");
        for (int i = 0; i < 3; i++) { // from the second on by its alias
            assertThat(publish(five, "out/other/with/a/long/name")).isEqualTo(Mqtt5PubAckReasonCode.NOT_AUTHORIZED);
        }
        Peer three = node.connected(Kind.PAHO3_TCP, "three");
        three.publish("out/other", "x", 1);
        three.publish("out/other", "x", 2);
        three.publish("out/three", "x", 2);

        assertThat(root.next().topic()).isEqualTo("out/three");
        assertThat(node.dropped("not_authorized")).isEqualTo(5);
        assertThat(five.isConnected()).isTrue();
        assertThat(three.isConnected()).isTrue();
    }

    /** Whoever asks names a topic of somebody else for the answer: who answers is asked for its own rights. */
    @Test
    @Hostile("B79")
    void aResponseTopicGivesNobodyARight() throws Exception {
        Hive5 asker = hive("asker");
        Hive5 responder = hive("responder");
        root.subscribe("victim/#", 1);
        responder.subscribe("open/ask", 1);
        for (String topic : List.of("victim/door", "in/asker/answer", "open/secret")) {
            Peer.await(asker.client
                    .publishWith()
                    .topic("open/ask")
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .responseTopic(topic)
                    .send());
            assertThat(responder.next().topic()).isEqualTo("open/ask");
            assertThat(publish(responder, topic)).isEqualTo(Mqtt5PubAckReasonCode.NOT_AUTHORIZED);
            assertThat(publish(asker, topic)).isEqualTo(Mqtt5PubAckReasonCode.NOT_AUTHORIZED);
        }
        Mqtt5SubAckException refused = (Mqtt5SubAckException)
                catchThrowable(() -> asker.subscribe("victim/door", 1)).getCause();
        assertThat(refused.getMqttMessage().getReasonCodes()).containsExactly(Mqtt5SubAckReasonCode.NOT_AUTHORIZED);
        root.hasNoOther(root);
    }

    @Test
    @Hostile("B51")
    void aSubscriptionThatCanBringNothingIsRefused() throws Exception {
        Hive5 five = hive("five");
        for (String filter : List.of(
                "in/other/#",
                "out/five/#",
                "open/secret",
                "$SYS/#",
                "$share/g/#",
                "$share/g/in/other/#",
                "$share/g/open/#",
                "$queue/in/other/#")) {
            assertThatThrownBy(() -> five.subscribe(filter, 1))
                    .as(filter)
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            Mqtt5SubAckException.class,
                            refused -> assertThat(refused.getMqttMessage().getReasonCodes())
                                    .containsExactly(Mqtt5SubAckReasonCode.NOT_AUTHORIZED));
        }
        five.subscribe("#", 1);
        five.subscribe("$share/g/in/five/+", 1);
        Peer three = node.connected(Kind.HIVE3_TCP, "three");
        assertThatThrownBy(() -> three.subscribe("in/other/#", 1)).isInstanceOf(ExecutionException.class);
    }

    @Test
    @Hostile("B51")
    void sharedMessagesGoToWhoMayReadThem() throws Exception {
        Hive5 one = hive("one");
        Hive5 two = hive("two");
        one.subscribe("$share/g/in/one/+", 1);
        two.subscribe("$share/g/in/two/+", 1);
        for (int i = 0; i < 10; i++) {
            root.publish("in/one/a", "" + i, 1);
        }

        assertThat(one.next(10)).extracting(Received::topic).containsOnly("in/one/a");
        two.hasNoOther(root);
    }

    @Test
    void theBrokersTopicsAreReadByWhoHasARuleForThem() throws Exception {
        Hive5 all = hive("all");
        all.subscribe("#", 0);
        root.subscribe("$SYS/broker/version", 0);

        assertThat(root.next().payload()).startsWith("coppice version ");
        all.hasNoOther(root);
        assertThat(publish(root, "$SYS/broker/version")).isEqualTo(Mqtt5PubAckReasonCode.NOT_AUTHORIZED);
    }

    @Test
    @Hostile("B59")
    void aWillIsJudgedWhenItIsLeftAndWhenItIsDue() throws Exception {
        Hive5 five = node.own(new Hive5("five", node.mqtt(), false));
        for (String forbidden : List.of("out/other", "$CONTROL/dynamic-security/v1", "$SYS/broker/version")) {
            assertThatThrownBy(() -> Peer.await(five.client
                            .connectWith()
                            .simpleAuth()
                            .username(forbidden.startsWith("$SYS") ? "root" : "five")
                            .applySimpleAuth()
                            .willPublish()
                            .topic(forbidden)
                            .applyWillPublish()
                            .send()))
                    .as(forbidden)
                    .cause()
                    .isInstanceOfSatisfying(
                            Mqtt5ConnAckException.class,
                            refused -> assertThat(refused.getMqttMessage().getReasonCode())
                                    .isEqualTo(Mqtt5ConnAckReasonCode.NOT_AUTHORIZED));
        }
        try (MqttClient three = new MqttClient("tcp://127.0.0.1:" + node.mqtt(), "three", new MemoryPersistence())) {
            MqttConnectOptions options = new MqttConnectOptions();
            options.setWill("out/other", new byte[] {'x'}, 1, false);
            assertThatThrownBy(() -> three.connect(options))
                    .isInstanceOfSatisfying(
                            MqttException.class,
                            refused -> assertThat(refused.getReasonCode())
                                    .isEqualTo(MqttException.REASON_CODE_NOT_AUTHORIZED));
        }

        root.subscribe("out/#", 1);
        for (boolean allowed : new boolean[] {true, false}) {
            Hive5 mortal = node.own(new Hive5("mortal", node.mqtt(), false));
            Peer.await(mortal.client
                    .connectWith()
                    .willPublish()
                    .topic("out/mortal/will")
                    .payload(("allowed " + allowed).getBytes(UTF_8))
                    .applyWillPublish()
                    .send());
            if (!allowed) {
                replace(ALL.replace("pattern write out/%c/#", ""));
                await().until(() -> publish(mortal, "out/mortal/x") == Mqtt5PubAckReasonCode.NOT_AUTHORIZED);
                while (root.unread() > 0) {
                    root.next();
                }
            }
            Peer.await(mortal.client
                    .disconnectWith()
                    .reasonCode(Mqtt5DisconnectReasonCode.DISCONNECT_WITH_WILL_MESSAGE)
                    .send());
            if (allowed) {
                assertThat(root.next().payload()).isEqualTo("allowed true");
            }
        }
        root.hasNoOther(root);
    }

    @ParameterizedTest
    @EnumSource(names = {"HIVE5_TCP", "PAHO3_WS"})
    @Hostile("B50")
    void whatIsRetainedComesToWhoMayReadIt(Kind kind) throws Exception {
        root.publish("open/secret", "hidden", 1, true);
        root.publish("open/door", "seen", 1, true);
        Peer client = node.connected(kind, "lamp");
        client.subscribe("open/#", 1);

        assertThat(client.next()).isEqualTo(Received.retained("open/door", "seen", 1));
        client.hasNoOther(root);
    }

    @ParameterizedTest
    @EnumSource(names = {"HIVE5_TCP", "PAHO3_WS"})
    @Hostile("B50")
    void aDeniedTopicComesOnNoWayToWhoSubscribedToMore(Kind kind) throws Exception {
        root.publish("open/secret", "retained", 1, true);
        Peer client = node.peer(kind, "lamp");
        client.connect(false);
        client.subscribe("open/#", 1);
        root.publish("open/secret", "live", 1);
        Hive5 mortal = node.own(new Hive5("mortal", node.mqtt(), false));
        Peer.await(mortal.client
                .connectWith()
                .simpleAuth()
                .username("root")
                .applySimpleAuth()
                .willPublish()
                .topic("open/secret")
                .payload("will".getBytes(UTF_8))
                .applyWillPublish()
                .send());
        Peer.await(mortal.client
                .disconnectWith()
                .reasonCode(Mqtt5DisconnectReasonCode.DISCONNECT_WITH_WILL_MESSAGE)
                .send());
        root.publish("open/door", "last of those that came at once", 1);
        assertThat(client.next().payload()).isEqualTo("last of those that came at once");
        // acknowledged once the client's own code has had it: else it comes again
        await().until(() -> node.metric("mqtt_inflight_messages") == 0);
        client.disconnect();

        root.publish("open/secret", "queued", 1);
        root.publish("open/door", "queued and allowed", 1);
        assertThat(client.connect(false)).isTrue();
        assertThat(client.next().payload()).isEqualTo("queued and allowed");
        client.hasNoOther(root);
    }

    /** What is wider than the grant is subscribed to; of that only what may be read comes. */
    @Test
    @Hostile("B52")
    void ofAWiderFilterNothingComesThatMayNotBeRead() throws Exception {
        for (String filter : List.of("one/#", "+/b", "#", "+/+")) {
            Hive5 client = hive("wide");
            client.subscribe(filter, 1);
            for (String topic : List.of("one/b/c", "two/b", "one", "fence", "out/wide/b", "one/b")) {
                root.publish(topic, topic, 1);
            }
            assertThat(client.next().payload()).as(filter).isEqualTo(filter.equals("#") ? "fence" : "one/b");
            if (filter.equals("#")) {
                assertThat(client.next().payload()).isEqualTo("one/b");
            }
            client.hasNoOther(root);
            client.disconnect();
        }
    }

    /** A message at QoS 2 is judged and goes to its subscribers when it comes; PUBREL releases its identifier and no message. */
    @Test
    @Hostile("B64")
    void whatWasTakenBeforeARightWasRevokedCameThenAndNothingComesWithItsRelease() throws Exception {
        root.subscribe("out/#", 2);
        Wire wire = node.wire().connect5("wire");
        wire.send(Wire.publish5("out/wire/a", new byte[] {'x'}, 2, 7));
        assertThat(wire.read(Wire.PUBREC).ackReason()).isZero();
        assertThat(root.next().topic()).isEqualTo("out/wire/a");

        replace(ALL.replace("pattern write out/%c/#", ""));
        await().until(() -> {
            wire.send(Wire.publish5("out/wire/a", new byte[] {'y'}, 1, 8));
            return wire.read(Wire.PUBACK).ackReason() == 0x87;
        });
        while (root.unread() > 0) {
            root.next();
        }
        wire.send(Wire.ack(6, 7));
        assertThat(wire.read(Wire.PUBCOMP).ackReason()).isZero();
        root.hasNoOther(root);
        wire.send(Wire.publish5("out/wire/a", new byte[] {'z'}, 2, 9));
        assertThat(wire.read(Wire.PUBREC).ackReason()).isEqualTo(0x87);
        root.hasNoOther(root);
    }

    /** Within an interval of looks at the file, of each node; the connection stays, for MQTT has no packet that ends a subscription. */
    @ParameterizedTest
    @EnumSource(names = {"HIVE5_TCP", "HIVE3_WS"})
    @Hostile("B49")
    void aRevokedRightEndsWhatItAllowed(Kind kind) throws Exception {
        Peer there = node.connected(kind, "there");
        there.subscribe("in/there/#", 1);
        there.subscribe("open/#", 1);
        Peer away = node.peer(kind, "away");
        away.connect(false);
        away.subscribe("in/away/#", 1);
        away.subscribe("open/#", 1);
        away.disconnect();
        root.publish("in/away/a", "queued before", 1);
        root.publish("open/a", "queued and allowed", 1);
        assertThat(there.next().payload()).isEqualTo("queued and allowed");

        replace(ALL.replace("pattern read in/%c/#", ""));
        await().until(() -> node.metric("mqtt_subscriptions") == 2);
        root.publish("in/there/a", "too late", 1);
        root.publish("in/away/a", "too late", 1);
        root.publish("open/a", "allowed", 1);

        assertThat(there.next().payload()).isEqualTo("allowed");
        there.hasNoOther(root);
        assertThat(away.connect(false)).isTrue();
        assertThat(away.next(2)).extracting(Received::payload).containsExactly("queued and allowed", "allowed");
        away.hasNoOther(root);

        replace("bogus");
        replace(ALL);
        await().until(() -> {
            try {
                there.subscribe("in/there/#", 1);
                return true;
            } catch (ExecutionException stillRefused) {
                return false;
            }
        });
        root.publish("in/there/a", "again", 1);
        assertThat(there.next().payload()).isEqualTo("again");
    }

    @Test
    @Hostile("B57")
    void aFileThatIsWrongAtTheStartPreventsIt() throws Exception {
        Files.writeString(acl, "topic read a\ntopic wrote b\n");

        assertThatThrownBy(() -> Node.start(ConfigLoader.load(null, Map.of(), List.of("security.acl-file=" + acl))))
                .hasMessageStartingWith(acl + ":2: 'wrote' is not allowed; allowed: read, write, readwrite or deny");
    }
}
