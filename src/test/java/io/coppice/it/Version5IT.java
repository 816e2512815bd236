package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperty;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PayloadFormatIndicator;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5RetainHandling;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What MQTT 5 added, between clients that know it. */
@Timeout(60)
class Version5IT {
    @RegisterExtension
    static final RunningNode NODE = RunningNode.with();

    /** A HiveMQ client whose messages come whole. */
    private static final class Whole implements AutoCloseable {
        final Mqtt5BlockingClient client;
        private final BlockingQueue<Mqtt5Publish> inbox = new LinkedBlockingQueue<>();

        Whole(String clientId) {
            client = Mqtt5Client.builder()
                    .identifier(clientId)
                    .serverHost("127.0.0.1")
                    .serverPort(NODE.mqtt())
                    .buildBlocking();
            client.toAsync().publishes(MqttGlobalPublishFilter.ALL, inbox::add);
        }

        static Whole connected(String clientId) {
            Whole whole = NODE.own(new Whole(clientId));
            whole.client.connect();
            return whole;
        }

        Mqtt5Publish next() throws InterruptedException {
            Mqtt5Publish next = inbox.poll(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(next).as("a message").isNotNull();
            return next;
        }

        void subscribe(String filter) {
            client.subscribeWith().topicFilter(filter).qos(MqttQos.EXACTLY_ONCE).send();
        }

        @Override
        public void close() {
            if (client.getState().isConnected()) {
                client.disconnect();
            }
        }
    }

    private static String payload(Mqtt5Publish publish) {
        return new String(publish.getPayloadAsBytes(), UTF_8);
    }

    @Test
    void propertiesOfAMessageArriveUnchangedAndInOrder() throws Exception {
        Whole subscriber = Whole.connected("subscriber");
        Whole publisher = Whole.connected("publisher");
        subscriber.subscribe("props/#");
        Mqtt5UserProperties user = Mqtt5UserProperties.of(
                Mqtt5UserProperty.of("b", "1"),
                Mqtt5UserProperty.of("a", "2"),
                Mqtt5UserProperty.of("b", "3"),
                Mqtt5UserProperty.of("", "äö"));

        publisher
                .client
                .publishWith()
                .topic("props/a")
                .qos(MqttQos.EXACTLY_ONCE)
                .payload("{}".getBytes(UTF_8))
                .payloadFormatIndicator(Mqtt5PayloadFormatIndicator.UTF_8)
                .contentType("application/json")
                .responseTopic("props/answers")
                .correlationData(new byte[] {0, 1, -1})
                .messageExpiryInterval(1000)
                .userProperties(user)
                .send();

        Mqtt5Publish got = subscriber.next();
        assertThat(got.getUserProperties()).isEqualTo(user);
        assertThat(got.getPayloadFormatIndicator()).contains(Mqtt5PayloadFormatIndicator.UTF_8);
        assertThat(got.getContentType()).hasToString("Optional[application/json]");
        assertThat(got.getResponseTopic()).hasToString("Optional[props/answers]");
        assertThat(got.getCorrelationData()).contains(ByteBuffer.wrap(new byte[] {0, 1, -1}));
        assertThat(got.getMessageExpiryInterval().orElseThrow()).isBetween(990L, 1000L);
    }

    @Test
    void aRequestIsAnsweredWhereItAsksFor() throws Exception {
        Whole server = Whole.connected("server");
        Whole asker = Whole.connected("asker");
        server.subscribe("service/double");
        asker.subscribe("replies/asker");
        for (int i = 0; i < 100; i++) {
            asker.client
                    .publishWith()
                    .topic("service/double")
                    .qos(MqttQos.fromCode(i % 3))
                    .payload(("" + i).getBytes(UTF_8))
                    .responseTopic("replies/asker")
                    .correlationData(("id" + i).getBytes(UTF_8))
                    .send();
            Mqtt5Publish request = server.next();
            server.client
                    .publishWith()
                    .topic(request.getResponseTopic().orElseThrow())
                    .qos(request.getQos())
                    .payload(("" + 2 * Integer.parseInt(payload(request))).getBytes(UTF_8))
                    .correlationData(request.getCorrelationData().orElseThrow())
                    .send();
            Mqtt5Publish answer = asker.next();
            assertThat(payload(answer)).isEqualTo("" + 2 * i);
            assertThat(UTF_8.decode(answer.getCorrelationData().orElseThrow()).toString())
                    .isEqualTo("id" + i);
        }
    }

    @Test
    void aMessageThatExpiredWhileItWaitedIsNotDelivered() throws Exception {
        Peer away = NODE.peer(Kind.HIVE5_TCP, "away");
        away.connect(false);
        away.subscribe("fades/#", 1);
        away.disconnect();
        Whole publisher = Whole.connected("publisher");
        long expired = NODE.dropped("expired");
        for (long seconds : new long[] {1, 1000}) {
            publisher
                    .client
                    .publishWith()
                    .topic("fades/" + seconds)
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .payload(new byte[] {'x'})
                    .messageExpiryInterval(seconds)
                    .retain(true)
                    .send();
        }

        await().until(() -> NODE.dropped("expired") > expired);

        away.connect(false);
        assertThat(away.next().topic()).isEqualTo("fades/1000");
        Whole late = Whole.connected("late");
        late.subscribe("fades/#");
        Mqtt5Publish kept = late.next();
        assertThat(kept.getTopic()).hasToString("fades/1000");
        assertThat(kept.getMessageExpiryInterval().orElseThrow()).isBetween(980L, 999L);
        publisher.client.publishWith().topic("fades/end").send();
        assertThat(late.next().getTopic()).hasToString("fades/end");
    }

    @Test
    void topicAliasesChangeNothingButTheBytesOnTheWire() throws Exception {
        Whole subscriber = NODE.own(new Whole("subscriber"));
        subscriber
                .client
                .connectWith()
                .restrictions()
                .topicAliasMaximum(5)
                .applyRestrictions()
                .send();
        subscriber.subscribe("aliased/#");
        Whole publisher = NODE.own(new Whole("publisher"));
        assertThat(publisher.client.connect().getRestrictions().getTopicAliasMaximum())
                .isEqualTo(32);
        long received = NODE.metric("mqtt_bytes_received_total");
        long sent = NODE.metric("mqtt_bytes_sent_total");
        String longName = "aliased/" + "x".repeat(1000);
        for (int i = 0; i < 60; i++) {
            for (int topic = 0; topic < 3; topic++) {
                publisher
                        .client
                        .publishWith()
                        .topic(longName + topic)
                        .qos(MqttQos.fromCode(i % 3))
                        .payload(("" + i).getBytes(UTF_8))
                        .send();
                Mqtt5Publish got = subscriber.next();
                assertThat(got.getTopic()).hasToString(longName + topic);
                assertThat(payload(got)).isEqualTo("" + i);
            }
        }
        assertThat(NODE.metric("mqtt_bytes_received_total") - received).isLessThan(30_000);
        assertThat(NODE.metric("mqtt_bytes_sent_total") - sent).isLessThan(30_000);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 3", "2, 1", "2, 3"})
    void neverMoreThanTheReceiveMaximumIsUnacknowledged(int qos, int maximum) throws Exception {
        Wire slow = NODE.wire().connect5("slow", Wire.property(0x21, 2, maximum));
        slow.subscribe5("window", qos);
        Peer publisher = NODE.connected(Kind.HIVE5_TCP, "publisher");
        for (int i = 0; i < 30; i++) {
            publisher.publish("window", "" + i, qos);
        }
        await().untilAsserted(
                        () -> assertThat(NODE.metric("mqtt_inflight_messages")).isEqualTo(maximum));
        for (int round = 0; round < 30 / maximum; round++) {
            List<Integer> inFlight = new ArrayList<>();
            for (int i = 0; i < maximum; i++) {
                byte[] body = slow.read(Wire.PUBLISH).body();
                assertThat(new String(body, 11, body.length - 11, UTF_8)).isEqualTo("" + (round * maximum + i));
                inFlight.add((body[8] & 0xFF) << 8 | body[9] & 0xFF);
            }
            slow.send("c0 00").read(13); // nothing else comes before the answer to a ping
            for (int id : inFlight) {
                slow.send(Wire.ack(qos == 1 ? Wire.PUBACK : Wire.PUBREC, id));
            }
            for (int i = 0; qos == 2 && i < maximum; i++) {
                assertThat(slow.read(6).packetId()).isEqualTo(inFlight.get(i));
            }
            if (qos == 2) {
                slow.send("c0 00").read(13); // PUBREC leaves the window as full as it was
                for (int id : inFlight) {
                    slow.send(Wire.ack(7, id));
                }
            }
        }
    }

    @Test
    void aMessageLargerThanTheClientTakesIsNotSentToIt() throws Exception {
        Whole small = NODE.own(new Whole("small"));
        small.client
                .connectWith()
                .restrictions()
                .maximumPacketSize(200)
                .applyRestrictions()
                .send();
        small.subscribe("size/#");
        Whole large = Whole.connected("large");
        large.subscribe("size/#");
        Peer publisher = NODE.connected(Kind.PAHO3_TCP, "publisher");
        long tooLarge = NODE.dropped("too_large");

        publisher.publish("size/a", "x".repeat(1000), 1);
        publisher.publish("size/a", "x".repeat(1000), 0);
        publisher.publish("size/a", "fits", 1);

        assertThat(payload(small.next())).isEqualTo("fits");
        assertThat(payload(large.next())).hasSize(1000);
        assertThat(NODE.dropped("too_large") - tooLarge).isEqualTo(2);
    }

    @Test
    void overlappingSubscriptionsBringTheirIdentifiersTogether() throws Exception {
        Wire subscriber = NODE.wire().connect5("identified");
        int[] identifiers = {7, 0, 268_435_455};
        String[] filters = {"ids/+", "ids/#", "ids/a"};
        for (int i = 0; i < filters.length; i++) {
            byte[] identifier =
                    identifiers[i] == 0 ? new byte[0] : Wire.join(new byte[] {0x0B}, Wire.variable(identifiers[i]));
            byte[] request = Wire.join(Wire.text(filters[i]), new byte[] {(byte) i});
            subscriber.send(Wire.packet(0x82, new byte[] {0, 1}, Wire.block(identifier), request));
            assertThat(subscriber.read(Wire.SUBACK).body()[3]).isEqualTo((byte) i);
        }

        NODE.connected(Kind.HIVE3_TCP, "publisher").publish("ids/a", "x", 2);

        Wire.Answer got = subscriber.read(Wire.PUBLISH);
        assertThat(got.flags() >> 1).as("QoS").isEqualTo(2);
        assertThat(HexFormat.of().formatHex(got.body(), 9, got.body().length))
                .isIn("070b070bffffff7f78", "070b" + "ffffff7f0b0778");
    }

    @Test
    void noLocalKeepsAClientsOwnMessagesFromIt() throws Exception {
        Whole own = Whole.connected("own");
        own.client.subscribeWith().topicFilter("local/#").noLocal(true).send();
        Peer other = NODE.connected(Kind.HIVE5_TCP, "other");

        own.client
                .publishWith()
                .topic("local/a")
                .payload("mine".getBytes(UTF_8))
                .send();
        other.publish("local/a", "theirs", 0);

        assertThat(payload(own.next())).isEqualTo("theirs");
    }

    @Test
    void retainAsPublishedKeepsTheFlagOfALiveMessage() throws Exception {
        Whole subscriber = Whole.connected("subscriber");
        subscriber
                .client
                .subscribeWith()
                .topicFilter("flag/kept")
                .retainAsPublished(true)
                .send();
        subscriber.client.subscribeWith().topicFilter("flag/taken").send();
        Peer publisher = NODE.connected(Kind.PAHO3_TCP, "publisher");
        publisher.publish("flag/kept", "x", 0, true);
        publisher.publish("flag/kept", "x", 0, false);
        publisher.publish("flag/taken", "x", 0, true);

        assertThat(List.of(
                        subscriber.next().isRetain(),
                        subscriber.next().isRetain(),
                        subscriber.next().isRetain()))
                .containsExactly(true, false, false);
    }

    @Test
    void retainHandlingSaysWhenRetainedMessagesCome() throws Exception {
        Peer publisher = NODE.connected(Kind.HIVE5_TCP, "publisher");
        publisher.publish("handling/a", "kept", 1, true);
        Whole subscriber = Whole.connected("subscriber");
        subscriber.subscribe("fence");
        List<Integer> came = new ArrayList<>();
        Mqtt5RetainHandling[] handlings = {
            Mqtt5RetainHandling.DO_NOT_SEND,
            Mqtt5RetainHandling.SEND_IF_SUBSCRIPTION_DOES_NOT_EXIST,
            Mqtt5RetainHandling.SEND,
            Mqtt5RetainHandling.SEND_IF_SUBSCRIPTION_DOES_NOT_EXIST
        };
        for (int i = 0; i < handlings.length; i++) {
            if (i == 3) {
                subscriber.client.unsubscribeWith().topicFilter("handling/a").send();
            }
            subscriber
                    .client
                    .subscribeWith()
                    .topicFilter("handling/a")
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .retainHandling(handlings[i])
                    .send();
            // asked for after the SUBACK, so behind the retained message if there is one
            subscriber
                    .client
                    .publishWith()
                    .topic("fence")
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .send();
            int before = 0;
            while (!subscriber.next().getTopic().toString().equals("fence")) {
                before++;
            }
            came.add(before);
        }
        assertThat(came).containsExactly(0, 0, 1, 1);
    }
}
