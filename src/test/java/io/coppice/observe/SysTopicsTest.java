package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Qos;
import io.coppice.session.DropReason;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class SysTopicsTest {
    private final FakeNode node = new FakeNode();
    private final AtomicLong heap = new AtomicLong(5_000);
    private final SysTopics topics = new SysTopics(node, "1.2.3", heap::get);

    private void tickAfter(long seconds) {
        topics.tick(FakeNode.STARTED_AT + seconds * 1000);
    }

    @Test
    void nothingIsPublishedBeforeTheFirstTick() {
        assertThat(node.published).isEmpty();
    }

    @Test
    void everyMessageIsRetainedAndComesFromTheBrokerItself() {
        tickAfter(1);

        assertThat(node.published).isNotEmpty().allSatisfy(message -> {
            assertThat(message.topic().value()).startsWith("$SYS/broker/");
            assertThat(message.retain()).isTrue();
            assertThat(message.qos()).isEqualTo(Qos.AT_MOST_ONCE);
            assertThat(message.expiresAt()).isEqualTo(Message.NEVER);
            assertThat(message.publisher()).isEmpty();
        });
    }

    @Test
    void theNamesAreThoseOfMosquitto() {
        tickAfter(1);

        assertThat(node.sys())
                .containsOnlyKeys(
                        "version",
                        "uptime",
                        "clients/total",
                        "clients/connected",
                        "clients/active",
                        "clients/disconnected",
                        "clients/inactive",
                        "clients/maximum",
                        "clients/expired",
                        "subscriptions/count",
                        "shared_subscriptions/count",
                        "messages/received",
                        "messages/sent",
                        "messages/inflight",
                        "messages/stored",
                        "store/messages/count",
                        "store/messages/bytes",
                        "retained messages/count",
                        "publish/messages/received",
                        "publish/messages/sent",
                        "publish/messages/dropped",
                        "bytes/received",
                        "bytes/sent",
                        "load/messages/received/1min",
                        "load/messages/received/5min",
                        "load/messages/received/15min",
                        "load/messages/sent/1min",
                        "load/messages/sent/5min",
                        "load/messages/sent/15min",
                        "load/publish/received/1min",
                        "load/publish/received/5min",
                        "load/publish/received/15min",
                        "load/publish/sent/1min",
                        "load/publish/sent/5min",
                        "load/publish/sent/15min",
                        "load/publish/dropped/1min",
                        "load/publish/dropped/5min",
                        "load/publish/dropped/15min",
                        "load/bytes/received/1min",
                        "load/bytes/received/5min",
                        "load/bytes/received/15min",
                        "load/bytes/sent/1min",
                        "load/bytes/sent/5min",
                        "load/bytes/sent/15min",
                        "load/sockets/1min",
                        "load/sockets/5min",
                        "load/sockets/15min",
                        "load/connections/1min",
                        "load/connections/5min",
                        "load/connections/15min",
                        "heap/current",
                        "heap/maximum");
    }

    @Test
    void theValuesAreThoseOfTheNode() {
        node.gauges.put("connections", 3L);
        node.gauges.put("sessions", 5L);
        node.gauges.put("subscriptions", 8L);
        node.gauges.put("sharedSubscriptions", 2L);
        node.gauges.put("retainedMessages", 10L);
        node.gauges.put("retainedBytes", 1_000L);
        node.gauges.put("queuedMessages", 20L);
        node.gauges.put("queuedBytes", 2_000L);
        node.gauges.put("inFlightMessages", 4L);
        node.first.packetReceived(PacketType.CONNECT);
        node.second.packetReceived(PacketType.PUBLISH);
        node.second.messageReceived(Qos.AT_MOST_ONCE);
        node.first.packetSent(PacketType.CONNACK);
        node.first.bytesReceived(70);
        node.second.sessionExpired();
        node.first.dropped(DropReason.QUEUE_FULL, 3);

        tickAfter(61);

        assertThat(node.sys())
                .contains(
                        entry("version", "coppice version 1.2.3"),
                        entry("uptime", "61 seconds"),
                        entry("clients/total", "5"),
                        entry("clients/connected", "3"),
                        entry("clients/disconnected", "2"),
                        entry("clients/expired", "1"),
                        entry("subscriptions/count", "8"),
                        entry("shared_subscriptions/count", "2"),
                        entry("messages/received", "2"),
                        entry("messages/sent", "1"),
                        entry("messages/inflight", "4"),
                        entry("store/messages/count", "34"),
                        entry("store/messages/bytes", "3000"),
                        entry("retained messages/count", "10"),
                        entry("publish/messages/received", "1"),
                        entry("publish/messages/dropped", "3"),
                        entry("bytes/received", "70"),
                        entry("heap/current", "5000"));
    }

    @Test
    void onlyWhatHasChangedIsPublishedAgain() {
        tickAfter(1);
        node.published.clear();
        node.gauges.put("subscriptions", 1L);

        tickAfter(2);

        assertThat(node.sys()).containsOnlyKeys("uptime", "subscriptions/count");
    }

    @Test
    void messagesThatNobodyWasOwedAreNotCountedAsDropped() {
        node.first.dropped(DropReason.NO_SUBSCRIBERS, 100);
        node.first.dropped(DropReason.NO_LOCAL, 100);
        node.first.dropped(DropReason.SLOW_READER, 1);

        tickAfter(1);

        assertThat(node.sys()).containsEntry("publish/messages/dropped", "1");
    }

    @Test
    void theMostThatWasSeenIsRemembered() {
        node.gauges.put("connections", 7L);
        tickAfter(1);
        node.gauges.put("connections", 2L);
        heap.set(1_000);
        tickAfter(2);

        assertThat(node.sys())
                .contains(
                        entry("clients/connected", "2"),
                        entry("clients/maximum", "7"),
                        entry("heap/current", "1000"),
                        entry("heap/maximum", "5000"));
    }

    @Test
    void aLoadAverageRisesAndFadesAsMosquittoComputesIt() {
        // 100 packets in 10 s are 600 a minute; one tick takes in 1 - e^(-10/60) of them, 92.11.
        for (int i = 0; i < 100; i++) {
            node.first.packetReceived(PacketType.PINGREQ);
        }
        tickAfter(10);
        assertThat(node.sys())
                .contains(
                        entry("load/messages/received/1min", "92.11"),
                        entry("load/messages/received/5min", "19.67"),
                        entry("load/messages/received/15min", "6.63"));

        tickAfter(70);
        assertThat(node.sys()).containsEntry("load/messages/received/1min", "33.89");
    }

    @Test
    void aSteadyRateIsItsOwnAverageInTheEnd() {
        for (int tick = 1; tick <= 600; tick++) {
            node.first.bytesSent(50);
            tickAfter(tick * 10L);
        }

        assertThat(node.sys())
                .contains(entry("load/bytes/sent/1min", "300.00"), entry("load/bytes/sent/5min", "300.00"));
    }

    @Test
    void aClockThatGoesBackSpoilsNoAverage() {
        node.first.packetReceived(PacketType.CONNECT);
        tickAfter(10);
        String before = node.sys().get("load/connections/1min");

        tickAfter(5);
        tickAfter(5);

        assertThat(node.sys()).containsEntry("load/connections/1min", before);
    }
}
