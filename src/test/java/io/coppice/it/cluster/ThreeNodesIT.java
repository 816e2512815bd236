package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.ManyNodes;
import io.coppice.it.Hive5;
import io.coppice.it.Paho3;
import io.coppice.it.Paho5;
import io.coppice.it.Peer;
import io.coppice.it.Received;
import io.coppice.it.Wire;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three nodes, and clients that take them for one broker. */
@ManyNodes
@Timeout(120)
class ThreeNodesIT {
    private static final int SESSION_TAKEN_OVER = 0x8E;
    private static final int MESSAGES = 200;

    @RegisterExtension
    static final LocalCluster CLUSTER = LocalCluster.of(3);

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    private static List<String> payloads(List<Received> messages) {
        return messages.stream().map(Received::payload).toList();
    }

    private static void publish(Peer publisher, String topic, int qos, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            publisher.publish(topic, Integer.toString(i), qos);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatIsPublishedOnOneNodeComesToTheOthersOnceAndInOrder(int qos) throws Exception {
        Paho5 here = CLUSTER.connected(0, "here-" + qos);
        Hive5 there = CLUSTER.own(new Hive5("there-" + qos, CLUSTER.mqtt(1), false));
        there.connect(true);
        Paho3 third = CLUSTER.own(new Paho3("tcp://127.0.0.1:" + CLUSTER.mqtt(2), "third-" + qos));
        third.connect(true);
        for (Peer peer : List.of(here, there, third)) {
            peer.subscribe("order/" + qos + "/+", 2);
        }

        publish(here, "order/" + qos + "/a", qos, MESSAGES);
        there.publish("order/" + qos + "/b", "last", qos);

        for (Peer peer : List.of(here, there, third)) {
            List<Received> all = peer.next(MESSAGES + 1);
            assertThat(payloads(all.stream()
                            .filter(message -> message.topic().endsWith("a"))
                            .toList()))
                    .isEqualTo(numbers(MESSAGES));
            assertThat(all).allMatch(message -> message.qos() == qos);
            peer.hasNoOther(here);
        }
    }

    @Test
    void wildcardsReachOverNodes() throws Exception {
        Paho5 all = CLUSTER.connected(0, "all");
        all.subscribe("wild/#", 1);
        Paho5 some = CLUSTER.connected(1, "some");
        some.subscribe("wild/+/b", 1);
        some.subscribe("wild/a/+", 1); // overlaps: one copy
        Paho5 publisher = CLUSTER.connected(2, "publisher");

        publisher.publish("wild/a/b", "both", 1);
        publisher.publish("wild", "one", 1);

        assertThat(payloads(all.next(2))).containsExactly("both", "one");
        assertThat(some.next().payload()).isEqualTo("both");
        some.hasNoOther(publisher);
        some.unsubscribe("wild/+/b");
        some.unsubscribe("wild/a/+");
        publisher.publish("wild/a/b", "again", 1);
        assertThat(all.next().payload()).isEqualTo("again");
        some.hasNoOther(publisher);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aSharedSubscriptionOverTwoNodesGetsEachMessageOnce(int qos) throws Exception {
        List<Peer> members = List.of(
                CLUSTER.connected(0, "member-0"), CLUSTER.connected(1, "member-1"), CLUSTER.connected(1, "member-2"));
        for (Peer member : members) {
            member.subscribe("$share/group/shared/#", 2);
        }
        Paho5 publisher = CLUSTER.connected(2, "publisher");

        publish(publisher, "shared/a", qos, MESSAGES);

        await().atMost(Duration.ofSeconds(Peer.PATIENCE_SECONDS))
                .until(() -> members.stream().mapToInt(Peer::unread).sum() >= MESSAGES);
        List<String> received = new ArrayList<>();
        for (Peer member : members) {
            List<Received> got = member.next(member.unread());
            assertThat(got).as("each has its part").isNotEmpty();
            received.addAll(payloads(got));
            member.hasNoOther(publisher);
        }
        assertThat(received).containsExactlyInAnyOrderElementsOf(numbers(MESSAGES));
    }

    @Test
    void aSessionMovesWithItsClientFromNodeToNode() throws Exception {
        Paho5 first = CLUSTER.client(0, "mover");
        assertThat(first.connect(false)).isFalse();
        first.subscribe("move/+", 2);
        Paho5 publisher = CLUSTER.connected(2, "publisher");
        publisher.publish("move/a", "first", 1);
        assertThat(first.next().payload()).isEqualTo("first");

        Paho5 second = CLUSTER.client(1, "mover");
        assertThat(second.connect(false)).as("session present").isTrue();

        assertThat(first.endedBecauseOf()).isEqualTo(SESSION_TAKEN_OVER);
        publisher.publish("move/b", "second", 2);
        assertThat(second.next().payload()).isEqualTo("second");
        second.hasNoOther(publisher);
    }

    @Test
    void whatCameWhileTheClientWasAwayIsThereOnAnotherNode() throws Exception {
        Paho5 first = CLUSTER.client(0, "away");
        first.connect(false);
        first.subscribe("away/+", 2);
        first.disconnect();
        Paho5 publisher = CLUSTER.connected(1, "publisher");
        for (int i = 0; i < 30; i++) {
            publisher.publish("away/a", "" + i, 1 + i % 2);
        }

        Paho5 second = CLUSTER.client(2, "away");
        assertThat(second.connect(false)).as("session present").isTrue();

        assertThat(payloads(second.next(30))).isEqualTo(numbers(30));
        second.hasNoOther(publisher);
    }

    /** Two who come with one identifier as fast as they are answered, each at its own node, subscribing and publishing. */
    @Test
    @Hostile("B62")
    void aStormOfTakeoversBetweenNodesLeavesOneOwnerAndDisturbsNobody() throws Exception {
        Paho5 bystander = CLUSTER.connected(2, "bystander");
        bystander.subscribe("calm", 1);
        AtomicInteger welcomes = new AtomicInteger();
        List<CompletableFuture<Void>> rivals = IntStream.range(0, 2)
                .mapToObj(node -> CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < 150; i++) {
                        comeAsRival(node, welcomes);
                    }
                }))
                .toList();
        for (int i = 0; rivals.stream().anyMatch(rival -> !rival.isDone()); i++) {
            bystander.publish("calm", "" + i, 1);
            assertThat(bystander.next().payload()).isEqualTo("" + i);
        }
        for (CompletableFuture<Void> rival : rivals) {
            rival.get(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        assertThat(welcomes.get()).isGreaterThan(100);

        Wire first = rival(0);
        assertThat(first.read(Wire.CONNACK).connectReason()).isZero();
        Wire second = rival(1);
        assertThat(second.read(Wire.CONNACK).connectReason()).isZero();
        Wire.Answer answer = first.read();
        while (answer.type() != Wire.DISCONNECT) {
            answer = first.read();
        }
        assertThat(answer.disconnectReason()).isEqualTo(SESSION_TAKEN_OVER);
        first.readEnd();
        second.send("c0 00");
        do {
            answer = second.read();
        } while (answer.type() == Wire.PUBLISH); // what the session got meanwhile
        assertThat(answer.type()).as("PINGRESP").isEqualTo(13);
    }

    private static Wire rival(int node) throws IOException {
        return CLUSTER.wire(node).send(Wire.connectPacket(5, 0, "storm", new byte[0], Wire.property(0x11, 4, 60)));
    }

    /** Whether it is let in and stays is the other's affair too; that it is answered or ended is not. */
    private static void comeAsRival(int node, AtomicInteger welcomes) {
        try (Wire wire = rival(node)) {
            if (wire.read(Wire.CONNACK).connectReason() == 0) {
                welcomes.incrementAndGet();
                wire.send(Wire.publish5("storm", new byte[] {'x'}, 1, 1));
                wire.send("82 0b 00 02 00 00 05 73 74 6f 72 6d 01"); // SUBSCRIBE to storm
                wire.read();
            }
        } catch (EOFException | SocketException taken) {
            // over by the other
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aCleanStartEndsTheSessionOnTheOtherNode() throws Exception {
        Paho5 first = CLUSTER.client(0, "cleaner");
        first.connect(false);
        first.subscribe("clean/+", 1);
        Paho5 second = CLUSTER.client(1, "cleaner");
        assertThat(second.connect(true)).isFalse();
        assertThat(first.endedBecauseOf()).isEqualTo(SESSION_TAKEN_OVER);
        Paho5 publisher = CLUSTER.connected(2, "publisher");
        publisher.publish("clean/a", "nobody", 1);
        second.hasNoOther(publisher);
        second.disconnect();

        Paho5 third = CLUSTER.client(0, "cleaner");
        assertThat(third.connect(false)).as("session present").isFalse();
        third.hasNoOther(publisher);
    }

    @Test
    void theWillOfAClientThatBreaksOffComesToOtherNodes() throws Exception {
        Paho5 heir = CLUSTER.connected(1, "heir");
        heir.subscribe("will/+", 1);
        Wire testator = CLUSTER.wire(0);
        byte[] will = Wire.join(Wire.block(), Wire.text("will/a"), Wire.text("gone"));
        testator.send(Wire.connectPacket(5, 0x02 | 0x04 | 0x08, "testator", will));
        assertThat(testator.read(Wire.CONNACK).connectReason()).isZero();

        testator.close();

        assertThat(heir.next()).isEqualTo(Received.live("will/a", "gone", 1));
        heir.hasNoOther(heir);
    }

    @Test
    void theWillOfASessionThatIsTakenOverByAnotherNodeComesOnceAtMost() throws Exception {
        Paho5 heir = CLUSTER.connected(2, "heir");
        heir.subscribe("delayed/+", 1);
        Paho5 first = CLUSTER.client(0, "careful");
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setCleanStart(false);
        options.setSessionExpiryInterval(3600L);
        MqttProperties delay = new MqttProperties();
        delay.setWillDelayInterval(3600L);
        options.setWillMessageProperties(delay);
        options.setWill("delayed/a", new MqttMessage("gone".getBytes(), 1, false, null));
        first.connect(options);

        Paho5 second = CLUSTER.client(1, "careful");
        second.connect(false);
        first.endedBecauseOf();

        heir.hasNoOther(second);
    }

    @Test
    void manyClientsOfAllNodesHearEachOther() throws Exception {
        List<Paho5> clients = Stream.iterate(0, i -> i + 1)
                .limit(12)
                .map(i -> CLUSTER.client(i % 3, "many-" + i))
                .toList();
        for (Paho5 client : clients) {
            client.connect(true);
            client.subscribe("many/+", 1);
        }
        for (Paho5 client : clients) {
            client.publish("many/" + client.client.getClientId(), client.client.getClientId(), 1);
        }
        List<String> names =
                clients.stream().map(client -> client.client.getClientId()).toList();
        for (Paho5 client : clients) {
            assertThat(payloads(client.next(clients.size()))).containsExactlyInAnyOrderElementsOf(names);
        }
    }
}
