package io.coppice.observe;

import io.coppice.port.CertificateStatus;
import io.coppice.port.ClusterFaults;
import io.coppice.port.Figure;
import io.coppice.port.JournalStatus;
import io.coppice.port.Membership;
import io.coppice.port.NodeStatus;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.metrics.Info;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the node measures, as Prometheus reads it. Everything is read when somebody asks: the counters of the
 * loops are added up then, and the path of a message does not know that it is measured.
 */
public final class Metrics implements AutoCloseable {
    /** The plain format, which every Prometheus and its relatives understand. */
    static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final PrometheusMeterRegistry registry;
    private @Nullable ProcessMetrics process;
    private List<Figure> figures = List.of();
    private @Nullable TraceDesk traced;
    private @Nullable StandingOrders ordered;

    public Metrics() {
        registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        // Vert.x registers these for every address; without addresses as labels each repeat is a warning.
        registry.config()
                .meterFilter(MeterFilter.denyNameStartsWith("vertx.eventbus.pending"))
                .meterFilter(MeterFilter.denyNameStartsWith("vertx.eventbus.handlers"));
    }

    /**
     * The options to set on {@code VertxOptions}: worker pools and the event bus, without labels that grow.
     * Sockets and HTTP stay out, because that would count every read and write of every client, with its
     * address as a label; the loops count these themselves.
     */
    public MicrometerMetricsOptions vertxOptions() {
        return new MicrometerMetricsOptions()
                .addDisabledMetricsCategory(MetricsDomain.NET_SERVER)
                .addDisabledMetricsCategory(MetricsDomain.NET_CLIENT)
                .addDisabledMetricsCategory(MetricsDomain.HTTP_SERVER)
                .addDisabledMetricsCategory(MetricsDomain.HTTP_CLIENT)
                .addDisabledMetricsCategory(MetricsDomain.DATAGRAM_SOCKET)
                .addDisabledMetricsCategory(MetricsDomain.VERTICLES)
                .setLabels(Set.of(Label.POOL_TYPE, Label.POOL_NAME, Label.EB_SIDE))
                .setJvmMetricsEnabled(false)
                .setEnabled(true);
    }

    /** What to give to {@code Vertx.builder().withMetrics}, together with {@link #vertxOptions}. */
    public VertxMetricsFactory vertxFactory() {
        return new MicrometerMetricsFactory(registry);
    }

    /**
     * Adds the meters of a node and its process; to be called once. It costs tens of milliseconds on a cold
     * machine, so it may as well happen once the node serves.
     *
     * @param membership whether copies are in place
     * @param faults what went wrong between nodes
     * @param journal what the node keeps on disk; null where that is nothing
     * @param certificates that clients are shown
     * @param version of the broker, shown by {@code mqtt_broker_info}
     */
    public void watch(
            NodeStatus node,
            Membership membership,
            ClusterFaults faults,
            @Nullable JournalStatus journal,
            CertificateStatus certificates,
            String version) {
        process = new ProcessMetrics(registry);
        // Micrometer takes the suffix _info away, so this one is registered below it.
        Info.builder()
                .name("mqtt_broker_info")
                .help("The version that runs; always 1")
                .labelNames("version")
                .register(registry.getPrometheusRegistry())
                .setLabelValues(version);
        new NodeMetrics(node, registry).register();
        new CertificateMetrics(certificates, registry).register();
        new ClusterMetrics(node, membership, faults, registry).register();
        ClassHistogram.times(node).forEach(registry.getPrometheusRegistry()::register);
        if (journal != null) {
            new JournalMetrics(journal, registry).register();
            registry.getPrometheusRegistry().register(ClassHistogram.commits(journal));
        }
    }

    /** Adds the meters of those who tell of themselves by figures; to be called once. */
    public void watch(List<Figure> told) {
        figures = told; // meters refer to what they read weakly
        new FigureMetrics(figures, registry).register();
    }

    /** From now on what is traced is counted too. */
    public void watch(TraceDesk traces) {
        traced = traces; // meters refer to what they read weakly
        new TraceMetrics(traces, registry).register();
    }

    /** From now on what operators have ordered is counted too. */
    public void watch(StandingOrders orders) {
        ordered = orders; // meters refer to what they read weakly
        new OrderMetrics(orders, registry).register();
    }

    /** Where others register meters of their own, under the rules for names of section "Metrics" of the architecture. */
    public MeterRegistry registry() {
        return registry;
    }

    /**
     * The format that a scraper gets.
     *
     * @param accept its Accept header, or empty
     * @return a media type: OpenMetrics where it is asked for, and the plain format otherwise
     */
    static String formatFor(String accept) {
        return accept.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
    }

    /** All meters with their present values; takes milliseconds, so it is nothing for an event loop. */
    String scrape(String format) {
        return registry.scrape(format);
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
        registry.close();
    }
}
