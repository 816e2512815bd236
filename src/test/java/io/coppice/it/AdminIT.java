package io.coppice.it;

import static io.coppice.it.Wire.property;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.Hostile;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin port of a node that has work to do. */
@Timeout(60)
class AdminIT {
    private static final List<String> NAMES = List.of(
            "mqtt_connections",
            "mqtt_sessions",
            "mqtt_subscriptions",
            "mqtt_subscriptions_shared",
            "mqtt_topics",
            "mqtt_retained_messages",
            "mqtt_queued_messages",
            "mqtt_inflight_messages",
            "mqtt_packets_received_total{type=\"publish\"}",
            "mqtt_packets_sent_total{type=\"connack\"}",
            "mqtt_messages_received_total{qos=\"0\"}",
            "mqtt_messages_sent_total{qos=\"2\"}",
            "mqtt_messages_dropped_total{reason=\"no_subscribers\"}",
            "mqtt_messages_dropped_total{reason=\"queue_full\"}",
            "mqtt_messages_dropped_total{reason=\"expired\"}",
            "mqtt_messages_dropped_total{reason=\"too_large\"}",
            "mqtt_messages_dropped_total{reason=\"quota_exceeded\"}",
            "mqtt_messages_dropped_total{reason=\"not_authorized\"}",
            "mqtt_messages_dropped_total{reason=\"slow_reader\"}",
            "mqtt_connack_sent_total{reason_code=\"success\"}",
            "mqtt_client_disconnected_total{reason=\"normal_disconnection\"}",
            "mqtt_authn_total{result=\"success\"}",
            "mqtt_authz_total{result=\"allowed\"}",
            "mqtt_bytes_received_total",
            "mqtt_bytes_sent_total",
            "process_open_fds",
            "jvm_memory_used_bytes");

    @Test
    void everyMeterOfTheContractIsThereFromTheStart() throws Exception {
        try (RunningNode node = RunningNode.start()) {
            String metrics = node.metrics();
            assertThat(NAMES).allSatisfy(name -> assertThat(metrics).containsPattern("(?m)^\\Q" + name + "\\E[ {]"));
        }
    }

    @Test
    @Hostile("B90")
    void noBridgeLeadsToTheBus() throws Exception {
        try (RunningNode node = RunningNode.start()) {
            for (int port : new int[] {node.ws(), node.admin()}) {
                for (String path :
                        List.of("/eventbus", "/eventbus/", "/eventbus/info", "/eventbus/websocket", "/sockjs")) {
                    try (Socket socket = new Socket("127.0.0.1", port)) {
                        socket.setSoTimeout(20_000);
                        socket.getOutputStream()
                                .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                                                + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                                        .getBytes(StandardCharsets.US_ASCII));
                        String answer = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
                        assertThat(answer).as(path).isIn("HTTP/1.1 404", "HTTP/1.1 400");
                    }
                }
            }
        }
    }

    @Test
    void everyMessageThatMatchedWasDeliveredOrWaitsOrWasDroppedForAReason() throws Exception {
        try (RunningNode node = RunningNode.start("limits.queue-messages-max=25")) {
            Peer one = node.connected(Kind.HIVE5_TCP, "one");
            one.subscribe("books/#", 2);
            Peer two = node.connected(Kind.HIVE3_WS, "two");
            two.subscribe("books/+", 1);
            Wire away = node.wire().connect5("away", property(0x11, 4, 3600)).subscribe5("books/#", 2);
            away.send("e0 00").readEnd();
            Wire stuck = node.wire().connect5("stuck", property(0x21, 2, 5)).subscribe5("books/#", 1);
            Wire shy = node.wire().connect5("shy").subscribe5("books/#", 4); // No Local
            Peer publisher = node.connected(Kind.HIVE5_TCP, "publisher");
            int messages = 90;
            for (int i = 0; i < messages; i++) {
                publisher.publish("books/" + i % 7, "" + i, i % 3);
            }
            shy.send(Wire.publish5("books/a", new byte[0], 1, 1));
            one.next(messages + 1);
            two.next(messages + 1);

            await().untilAsserted(() ->
                    assertThat(node.metric("mqtt_inflight_messages")).isEqualTo(5));
            String metrics = node.metrics();
            long matches = 5L * (messages + 1);
            long sent = RunningNode.sum(metrics, "mqtt_messages_sent_total");
            long queued = RunningNode.sum(metrics, "mqtt_queued_messages");
            long dropped = RunningNode.sum(metrics, "mqtt_messages_dropped_total");
            assertThat(RunningNode.sum(metrics, "mqtt_messages_received_total")).isEqualTo(messages + 1);
            assertThat(sent + queued + dropped).isEqualTo(matches);
            assertThat(queued).isEqualTo(50);
            assertThat(RunningNode.sum(metrics, "mqtt_messages_dropped_total{reason=\"offline\"}"))
                    .isEqualTo(30);
            assertThat(RunningNode.sum(metrics, "mqtt_messages_dropped_total{reason=\"no_local\"}"))
                    .isEqualTo(1);

            stuck.close();
            publisher.publish("nobody/listens", "x", 1);
            await().untilAsserted(() -> {
                // what a session that ended had waiting is dropped, and what its client had not acknowledged
                Ledger after = Ledger.of(node.metrics());
                after.requireBalance();
                assertThat(after.due("match")).isEqualTo(matches);
                assertThat(after.due("none")).isEqualTo(1);
                assertThat(after.dropped("session_ended")).isEqualTo(25);
                assertThat(after.dropped("unacknowledged")).isEqualTo(5);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health/startup", "/health/live", "/health/ready", "/metrics", "/examples/"})
    void answersWhileTheNodeServes(String path) throws Exception {
        try (RunningNode node = RunningNode.start()) {
            assertThat(node.get(path).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void gaugesReturnToZeroWhenTheClientsHaveLeft() throws Exception {
        try (RunningNode node = RunningNode.start()) {
            List<Wire> guests = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Wire guest = node.wire().connect5("guest-" + i).subscribe5("room/" + i % 5, 1);
                guests.add(guest.subscribe5("$share/g/room/#", 1));
            }
            assertThat(node.metric("mqtt_connections")).isEqualTo(40);
            assertThat(node.metric("mqtt_subscriptions")).isEqualTo(80);
            assertThat(node.metric("mqtt_topics")).isBetween(5L, 6L);
            for (Wire guest : guests) {
                guest.send(Wire.publish5("room/0", new byte[10], 1, 3));
            }
            await().until(() -> node.metric("mqtt_inflight_messages") == 40 * 9);
            for (Wire guest : guests) {
                guest.close();
            }
            await().untilAsserted(() -> {
                String metrics = node.metrics();
                assertThat(NAMES.subList(0, 8))
                        .allSatisfy(gauge -> assertThat(RunningNode.sum(metrics, gauge))
                                .as(gauge)
                                .isZero());
            });
        }
    }
}
