package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.it.Ledger;
import io.coppice.it.Paho5;
import io.coppice.it.Peer;
import io.coppice.it.Wire;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The books of three nodes, each by itself and all together, from what {@code /metrics} says alone. */
@Timeout(120)
class BooksIT {
    private static final int NODES = 3;
    private static final int MESSAGES = 63;

    @RegisterExtension
    static final LocalCluster CLUSTER = LocalCluster.of(NODES);

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static Ledger books() throws Exception {
        String[] metrics = new String[NODES];
        for (int i = 0; i < NODES; i++) {
            URI uri = URI.create("http://127.0.0.1:" + CLUSTER.node(i).port("admin") + "/metrics");
            metrics[i] = HTTP.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();
        }
        return Ledger.of(metrics);
    }

    /** Everything that is on its way has come to its end, and nobody's sessions have begun to move. */
    private static void requireBalance() throws Exception {
        Ledger books = books();
        books.requireBalance();
        assertThat(books.sum("mqtt_cluster_arrived_messages_total"))
                .as("what left one node has come to another")
                .isEqualTo(books.sum("mqtt_cluster_forwarded_messages_total"))
                .isEqualTo(books.handedOn("node"));
    }

    private static void awaitBalance() {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(BooksIT::requireBalance);
    }

    @Test
    void theBooksOfThreeNodesBalanceThroughSharesMovesAndEnds() throws Exception {
        List<Paho5> everywhere = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            Paho5 reader = CLUSTER.connected(i, "reader-" + i);
            reader.subscribe("books/#", 2);
            everywhere.add(reader);
            CLUSTER.connected(i, "member-" + i).subscribe("$share/g/books/#", 1);
        }
        Wire away = persistent(0);
        away.subscribe5("books/+", 1).send("e0 00");
        awaitBalance();
        Ledger before = books();

        for (int i = 0; i < MESSAGES; i++) {
            everywhere.get(i % NODES).publish("books/" + i % 7, "m" + i, i / NODES % 3);
        }
        for (Peer reader : everywhere) {
            reader.next(MESSAGES);
        }
        awaitBalance();
        Ledger published = books();
        int waiting = MESSAGES * 2 / 3;
        assertThat(published.sum("mqtt_queued_messages"))
                .as("QoS 1 and 2 for the one that is away")
                .isEqualTo(waiting);
        // three readers, a member of the group, and the one that is away
        long handed = published.due("match") + published.due("node") - before.due("match") - before.due("node");
        long onward = published.handedOn("node") - before.handedOn("node");
        assertThat(handed - onward).as("matches of all that was published").isEqualTo(MESSAGES * 5L);

        Wire moved = persistent(1); // its session comes along, and with it what waits
        for (int i = 0; i < waiting; i++) {
            Wire.Answer message = moved.read(Wire.PUBLISH);
            if (i % 2 == 0) {
                moved.send(Wire.ack(Wire.PUBACK, packetId(message)));
            }
        }
        awaitBalance();
        await().untilAsserted(
                        () -> assertThat(books().sum("mqtt_inflight_messages")).isEqualTo(waiting / 2));
        assertThat(books().handedOn("session")).isGreaterThanOrEqualTo(waiting);
        moved.close();

        Wire anew = CLUSTER.wire(2).connect5("away"); // Clean Start: what waited is dropped
        awaitBalance();
        Ledger ended = books();
        assertThat(ended.dropped("unacknowledged") + ended.dropped("session_ended"))
                .isEqualTo(waiting / 2);
        assertThat(ended.sum("mqtt_queued_messages")).isZero();
        anew.close();
    }

    private static Wire persistent(int node) throws Exception {
        Wire wire = CLUSTER.wire(node);
        wire.send(Wire.connectPacket(5, 0, "away", new byte[0], Wire.property(0x11, 4, 3600)));
        wire.read(Wire.CONNACK);
        return wire;
    }

    /** Behind the topic, of which no one here is longer than 255 bytes. */
    private static int packetId(Wire.Answer publish) {
        int at = 2 + (publish.body()[1] & 0xFF);
        return (publish.body()[at] & 0xFF) << 8 | publish.body()[at + 1] & 0xFF;
    }
}
