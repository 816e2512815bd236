package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.CertificateStatus;
import io.coppice.port.ClusterFaults;
import io.coppice.port.Times;
import io.coppice.session.DropReason;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class MetricsTest {
    private final FakeNode node = new FakeNode();
    private final FakeJournal journal = new FakeJournal();
    private final FakeMembership membership = new FakeMembership();
    private final Metrics metrics = new Metrics();
    private final ClusterFaults faults = new ClusterFaults() {
        @Override
        public long repeats() {
            return 51;
        }

        @Override
        public long failures() {
            return 52;
        }

        @Override
        public long gaps() {
            return 53;
        }

        @Override
        public long damaged() {
            return 54;
        }

        @Override
        public long droppedParcels() {
            return 55;
        }

        @Override
        public long damagedParcels() {
            return 56;
        }

        @Override
        public long strangers() {
            return 57;
        }

        @Override
        public long silentConnections() {
            return 58;
        }

        @Override
        public long wrongSecrets() {
            return 59;
        }
    };

    private volatile List<CertificateStatus.Entry> certificates =
            List.of(new CertificateStatus.Entry("mqtts", "/tls/a.pem", 1_800_000_000));

    @BeforeEach
    void watch() {
        metrics.watch(node, membership, faults, journal, () -> certificates, "1.2.3");
    }

    @AfterEach
    void close() {
        metrics.close();
    }

    private List<String> lines() {
        return metrics.scrape(Metrics.TEXT).lines().toList();
    }

    @Test
    void theGaugesOfTheNodeAreReadWhenAsked() {
        List<String> names = List.of(
                "connections",
                "sessions",
                "subscriptions",
                "sharedSubscriptions",
                "topicFilters",
                "retainedMessages",
                "retainedBytes",
                "queuedMessages",
                "queuedBytes",
                "queuedBytesInMemory",
                "queuedMessagesInStore",
                "inFlightMessages",
                "loginsWaiting",
                "overloadLevel");
        for (int i = 0; i < names.size(); i++) {
            node.gauges.put(names.get(i), i + 1L);
        }

        assertThat(lines())
                .contains(
                        "mqtt_connections 1.0",
                        "mqtt_sessions 2.0",
                        "mqtt_subscriptions 3.0",
                        "mqtt_subscriptions_shared 4.0",
                        "mqtt_topics 5.0",
                        "mqtt_retained_messages 6.0",
                        "mqtt_retained_bytes 7.0",
                        "mqtt_queued_messages 8.0",
                        "mqtt_queued_bytes 9.0",
                        "mqtt_queued_memory_bytes 10.0",
                        "mqtt_queued_stored_messages 11.0",
                        "mqtt_inflight_messages 12.0",
                        "mqtt_authn_waiting 13.0",
                        "mqtt_overload_level 14.0",
                        "mqtt_ready 1.0",
                        "mqtt_broker_info{version=\"1.2.3\"} 1");
        node.ready = false;
        assertThat(lines()).contains("mqtt_ready 0.0");
    }

    @Test
    void theCountersOfAllLoopsAreAddedUp() {
        node.first.packetReceived(PacketType.PUBLISH);
        node.second.packetReceived(PacketType.PUBLISH);
        node.second.packetSent(PacketType.CONNACK);
        node.first.messageReceived(Qos.AT_LEAST_ONCE);
        node.second.messageSent(Qos.EXACTLY_ONCE);
        node.first.bytesReceived(100);
        node.second.bytesReceived(23);
        node.second.bytesSent(7);
        node.first.dropped(DropReason.QUEUE_FULL, 4);
        node.first.connAck(ReasonCode.NOT_AUTHORIZED);
        node.second.disconnected(ReasonCode.NORMAL_DISCONNECTION);
        node.first.connectionOpened();
        node.first.sessionExpired();
        node.second.authenticated(false);
        node.second.authorized(true);

        assertThat(lines())
                .contains(
                        "mqtt_packets_received_total{type=\"publish\"} 2.0",
                        "mqtt_packets_sent_total{type=\"connack\"} 1.0",
                        "mqtt_messages_received_total{qos=\"1\"} 1.0",
                        "mqtt_messages_sent_total{qos=\"2\"} 1.0",
                        "mqtt_bytes_received_total 123.0",
                        "mqtt_bytes_sent_total 7.0",
                        "mqtt_messages_dropped_total{reason=\"queue_full\"} 4.0",
                        "mqtt_connack_sent_total{reason_code=\"not_authorized\"} 1.0",
                        "mqtt_client_disconnected_total{reason=\"normal_disconnection\"} 1.0",
                        "mqtt_connections_opened_total 1.0",
                        "mqtt_sessions_expired_total 1.0",
                        "mqtt_authn_total{result=\"failure\"} 1.0",
                        "mqtt_authz_total{result=\"allowed\"} 1.0");
    }

    @Test
    void theGaugesAndTotalsOfTheClusterAreReadWhenAsked() {
        List<String> names = List.of(
                "members",
                "expectedSize",
                "leaseRemaining",
                "routesAnnounced",
                "routesKnown",
                "routeDivergence",
                "routesRepaired",
                "routeWaitsLate",
                "retainedDivergence",
                "retainedRepaired",
                "retainedWaitsLate",
                "backlogMessages",
                "backlogBytes",
                "sessionsArriving",
                "sessionsDeparting",
                "sessionsAdopting");
        for (int i = 0; i < names.size(); i++) {
            node.cluster.values.put(names.get(i), i + 11L);
        }

        assertThat(lines())
                .contains(
                        "mqtt_cluster_members 11.0",
                        "mqtt_cluster_expected_members 12.0",
                        "mqtt_cluster_in_quorum 1.0",
                        "mqtt_routes{of=\"self\"} 14.0",
                        "mqtt_routes{of=\"others\"} 15.0",
                        "mqtt_route_divergence 16.0",
                        "mqtt_routes_repaired_total 17.0",
                        "mqtt_cluster_waits_late_total{for=\"routes\"} 18.0",
                        "mqtt_retained_divergence 19.0",
                        "mqtt_retained_repaired_total 20.0",
                        "mqtt_cluster_waits_late_total{for=\"retained\"} 21.0",
                        "mqtt_cluster_backlog_messages 22.0",
                        "mqtt_cluster_backlog_bytes 23.0",
                        "mqtt_cluster_sessions_moving{direction=\"in\"} 24.0",
                        "mqtt_cluster_sessions_moving{direction=\"out\"} 25.0",
                        "mqtt_cluster_sessions_adopting 26.0",
                        "mqtt_cluster_calls_repeated_total 51.0",
                        "mqtt_cluster_calls_failed_total 52.0",
                        "mqtt_cluster_copies_refused_total{reason=\"gap\"} 53.0",
                        "mqtt_cluster_copies_refused_total{reason=\"damaged\"} 54.0",
                        "mqtt_cluster_parcels_dropped_total{reason=\"unsent\"} 55.0",
                        "mqtt_cluster_parcels_dropped_total{reason=\"damaged\"} 56.0",
                        "mqtt_cluster_connections_refused_total{reason=\"stranger\"} 57.0",
                        "mqtt_cluster_connections_refused_total{reason=\"silent\"} 58.0",
                        "mqtt_cluster_connections_refused_total{reason=\"secret\"} 59.0");
        node.cluster.inQuorum = false;
        assertThat(lines()).contains("mqtt_cluster_in_quorum 0.0");
    }

    @Test
    void missingCopiesAreTold() {
        assertThat(lines()).contains("mqtt_cluster_copies_missing 0.0");
        membership.copiesMissing = true;
        assertThat(lines()).contains("mqtt_cluster_copies_missing 1.0");
    }

    @Test
    void aNodeThatIsAloneHasNoLease() {
        assertThat(lines()).noneMatch(line -> line.startsWith("mqtt_cluster_lease"));
        try (Metrics ofThree = new Metrics()) {
            node.cluster.values.put("expectedSize", 3L);
            node.cluster.values.put("leaseRemaining", 4250L);
            ofThree.watch(node, membership, faults, null, CertificateStatus.NONE, "1.2.3");

            assertThat(ofThree.scrape(Metrics.TEXT)).contains("mqtt_cluster_lease_remaining_seconds 4.25\n");
        }
    }

    @Test
    void whatLoopsCountBetweenNodesIsAddedUp() {
        node.first.forwarded();
        node.second.forwarded();
        node.first.batchSent();
        node.second.batchResent();
        node.first.unknownParcel();
        node.second.sessionAdopted();
        node.first.sessionFetched();
        node.second.unsafePublish();

        assertThat(lines())
                .contains(
                        "mqtt_cluster_forwarded_messages_total 2.0",
                        "mqtt_cluster_batches_sent_total 1.0",
                        "mqtt_cluster_batches_resent_total 1.0",
                        "mqtt_cluster_parcels_dropped_total{reason=\"unknown_node\"} 1.0",
                        "mqtt_cluster_sessions_adopted_total 1.0",
                        "mqtt_cluster_sessions_fetched_total 1.0",
                        "mqtt_publishes_unsafe_total 1.0");
    }

    @Test
    void batchesToOtherNodesAreCountedByTheTimeThatTheyTook() {
        assertThat(lines()).contains("mqtt_cluster_hop_seconds_count 0", "mqtt_cluster_hop_seconds_sum 0.0");
        node.first.times().took(Times.Span.HOP, 0, 1);
        node.second.times().took(Times.Span.HOP, 1_000_000, 1);
        node.first.times().took(Times.Span.HOP, 2_600_000, 1);
        node.second.times().took(Times.Span.HOP, 20_000_000_000L, 1);

        assertThat(lines())
                .contains(
                        "mqtt_cluster_hop_seconds_bucket{le=\"5.0E-5\"} 1",
                        "mqtt_cluster_hop_seconds_bucket{le=\"0.001\"} 2",
                        "mqtt_cluster_hop_seconds_bucket{le=\"0.0025\"} 2",
                        "mqtt_cluster_hop_seconds_bucket{le=\"0.005\"} 3",
                        "mqtt_cluster_hop_seconds_bucket{le=\"10.0\"} 3",
                        "mqtt_cluster_hop_seconds_bucket{le=\"+Inf\"} 4",
                        "mqtt_cluster_hop_seconds_count 4",
                        "mqtt_cluster_hop_seconds_sum 20.0036");
    }

    @Test
    void theMetersOfTheJournalAreReadWhenAsked() {
        assertThat(lines())
                .contains(
                        "mqtt_journal_records_written_total 61.0",
                        "mqtt_journal_bytes_written_total 62.0",
                        "mqtt_journal_failures_total 63.0",
                        "mqtt_journal_reopenings_total 64.0",
                        "mqtt_journal_damaged_places_total 65.0",
                        "mqtt_journal_backlog_records 66.0",
                        "mqtt_journal_backlog_bytes 67.0",
                        "mqtt_journal_writing_seconds 0.068",
                        "mqtt_journal_size_bytes 69.0",
                        "mqtt_journal_disk_free_bytes 70.0",
                        "mqtt_journal_refuses 0.0");
        journal.refuses = true;
        assertThat(lines()).contains("mqtt_journal_refuses 1.0");
    }

    @Test
    void groupsOfTheJournalAreCountedByTheTimeThatTheyTook() {
        assertThat(lines()).contains("mqtt_journal_commit_seconds_count 0", "mqtt_journal_commit_seconds_sum 0.0");
        journal.commits[0] = 5;
        journal.commits[3] = 2;
        journal.commits[journal.commits.length - 1] = 1;
        journal.commitMicros = 12_500_000;

        assertThat(lines())
                .contains(
                        "mqtt_journal_commit_seconds_bucket{le=\"1.0E-4\"} 5",
                        "mqtt_journal_commit_seconds_bucket{le=\"5.0E-4\"} 5",
                        "mqtt_journal_commit_seconds_bucket{le=\"0.001\"} 7",
                        "mqtt_journal_commit_seconds_bucket{le=\"10.0\"} 7",
                        "mqtt_journal_commit_seconds_bucket{le=\"+Inf\"} 8",
                        "mqtt_journal_commit_seconds_count 8",
                        "mqtt_journal_commit_seconds_sum 12.5");
    }

    @Test
    void aNodeThatKeepsNothingOnDiskHasNoMetersOfAJournal() {
        try (Metrics inMemory = new Metrics()) {
            inMemory.watch(node, membership, faults, null, CertificateStatus.NONE, "1.2.3");

            assertThat(inMemory.scrape(Metrics.TEXT)).contains("mqtt_sessions").doesNotContain("mqtt_journal");
        }
    }

    @Test
    void everyReasonToDropIsThereFromTheStart() {
        for (DropReason reason : DropReason.values()) {
            assertThat(lines()).contains("mqtt_messages_dropped_total{reason=\"" + reason.label() + "\"} 0.0");
        }
    }

    @Test
    void everyReasonCodeThatRefusesOrEndsAConnectionIsThereFromTheStart() {
        List<String> lines = lines();
        for (ReasonCode reason : ReasonCode.values()) {
            String name = reason.name().toLowerCase(Locale.ROOT);
            if (reason.isError()) {
                assertThat(lines)
                        .contains(
                                "mqtt_connack_sent_total{reason_code=\"" + name + "\"} 0.0",
                                "mqtt_client_disconnected_total{reason=\"" + name + "\"} 0.0");
            }
        }
        assertThat(lines)
                .contains(
                        "mqtt_connack_sent_total{reason_code=\"success\"} 0.0",
                        "mqtt_client_disconnected_total{reason=\"normal_disconnection\"} 0.0",
                        "mqtt_client_disconnected_total{reason=\"disconnect_with_will\"} 0.0");
        assertThat(lines).noneMatch(line -> line.contains("granted_qos"));
    }

    @Test
    void packetsAreCountedInTheDirectionsInWhichTheyTravel() {
        assertThat(lines())
                .contains(
                        "mqtt_packets_received_total{type=\"connect\"} 0.0",
                        "mqtt_packets_sent_total{type=\"suback\"} 0.0",
                        "mqtt_packets_received_total{type=\"disconnect\"} 0.0",
                        "mqtt_packets_sent_total{type=\"disconnect\"} 0.0")
                .noneMatch(line -> line.startsWith("mqtt_packets_sent_total{type=\"connect\"}")
                        || line.startsWith("mqtt_packets_received_total{type=\"suback\"}")
                        || line.contains("type=\"will\"")
                        || line.contains("type=\"reserved\""));
    }

    @Test
    void everyMeterHasAHelpTextAndNoLabelNamesAClientOrATopic() {
        List<String> lines = lines();
        List<String> helped = lines.stream()
                .filter(line -> line.startsWith("# HELP "))
                .filter(line -> line.split(" ", 4).length == 4 && !line.split(" ", 4)[3].isBlank())
                .map(line -> line.split(" ", 4)[2])
                .toList();
        List<String> typed = lines.stream()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ", 4)[2])
                .toList();

        assertThat(helped).containsAll(typed).contains("mqtt_connections", "mqtt_packets_received_total");
        assertThat(lines)
                .noneMatch(line -> Pattern.compile("[{,](client|client_id|topic|remote|address)=")
                        .matcher(line)
                        .find());
    }

    @Test
    void certificatesTellWhenTheyEndAlsoAfterTheyWereRenewed() throws Exception {
        String series = "mqtt_cert_expiry_timestamp_seconds{certificate=\"/tls/a.pem\",listener=\"mqtts\"} ";
        assertThat(lines()).contains(series + "1.8E9");
        certificates = List.of(new CertificateStatus.Entry("mqtts", "/tls/a.pem", 1_900_000_000));
        assertThat(lines()).contains(series + "1.9E9");
    }

    @Test
    void everyMeterOfTheBrokerIsDescribedInTheGuide() throws Exception {
        String guide = Files.readString(Path.of("src/docs/METRICS.md"));
        List<String> names = lines().stream()
                .filter(line -> line.startsWith("# TYPE mqtt_"))
                .map(line -> line.split(" ", 4)[2])
                .toList();

        assertThat(names)
                .contains("mqtt_cluster_members", "mqtt_publishes_unsafe_total", "mqtt_journal_commit_seconds");
        assertThat(names).allSatisfy(name -> assertThat(guide).contains("`" + name + "`"));
    }

    @Test
    void theProcessAndItsVirtualMachineAreMeasured() {
        String text = metrics.scrape(Metrics.TEXT);

        assertThat(text)
                .contains("jvm_memory_used_bytes{area=\"heap\"")
                .contains("\njvm_threads_live_threads ")
                .contains("\nprocess_cpu_seconds_total ")
                .contains("\nprocess_start_time_seconds ")
                .contains("\nprocess_uptime_seconds ");
    }

    @Test
    void aScraperThatAsksForOpenMetricsGetsIt() {
        String format = Metrics.formatFor("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.3");

        assertThat(format).startsWith("application/openmetrics-text");
        assertThat(metrics.scrape(format)).endsWith("# EOF\n");
        assertThat(Metrics.formatFor("")).isEqualTo(Metrics.TEXT);
        assertThat(Metrics.formatFor("application/vnd.google.protobuf,*/*")).isEqualTo(Metrics.TEXT);
    }

    @Test
    void vertxReportsItsPoolsAndItsEventBusButNoSocketAndNoAddress() throws Exception {
        Vertx vertx = Vertx.builder()
                .with(new VertxOptions().setMetricsOptions(metrics.vertxOptions()))
                .withMetrics(metrics.vertxFactory())
                .build();
        try {
            vertx.eventBus().consumer("coppice.lane.0", message -> message.reply(""));
            vertx.eventBus()
                    .request("coppice.lane.0", "hello")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
            vertx.executeBlocking(() -> 1)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();

            assertThat(metrics.scrape(Metrics.TEXT))
                    .contains("vertx_pool_completed_total")
                    .contains("vertx_eventbus_sent_total")
                    .doesNotContain("coppice.lane.0")
                    .doesNotContain("vertx_net")
                    .doesNotContain("vertx_http");
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get();
        }
    }
}
