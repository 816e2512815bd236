package io.coppice;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.access.AdminAccess;
import io.coppice.config.ConfigException;
import io.coppice.config.CoppiceConfig;
import io.coppice.config.CoppiceConfig.Admin;
import io.coppice.config.CoppiceConfig.Monitoring;
import io.coppice.config.Hosts;
import io.coppice.observe.AdminServer;
import io.coppice.observe.Audit;
import io.coppice.observe.AuditFile;
import io.coppice.observe.Health;
import io.coppice.observe.MonitoringServer;
import io.coppice.port.CertificateStatus;
import io.coppice.transport.AdminTls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node serves over HTTP, with the files behind it. */
final class AdminSide {
    private static final Logger LOG = LoggerFactory.getLogger(AdminSide.class);
    private static final long START_SECONDS_MAX = 30;
    private static final long CLOSE_SECONDS_MAX = 30;

    private final CoppiceConfig config;
    private final Undo undo;
    private final AdminAccess access;
    private final Audit audit;
    private final @Nullable AdminTls tls;
    private volatile boolean closed;
    private int adminPort;
    private int monitoringPort;

    private AdminSide(CoppiceConfig config, Undo undo) throws ConfigException, IOException {
        Admin admin = config.admin();
        this.config = config;
        this.undo = undo;
        this.access = AdminAccess.open(config);
        undo.add(access::close);
        this.tls = admin.enabled() && admin.tls().enabled() ? AdminTls.load(admin.tls()) : null;
        if (tls != null) {
            undo.add(tls::close);
        }
        this.audit = !admin.enabled() || admin.audit().file().isEmpty()
                ? Audit.toLog()
                : AuditFile.open(
                        Path.of(admin.audit().file()),
                        admin.audit().bytesMax(),
                        admin.audit().files());
        undo.add(audit::close);
    }

    /**
     * With all its files read; nothing listens yet.
     *
     * @throws ConfigException if one says what it should not
     * @throws IOException if one cannot be used
     */
    static AdminSide prepare(CoppiceConfig config, Undo undo) throws ConfigException, IOException {
        return new AdminSide(config, undo);
    }

    /** Begins to listen where that is wanted, and to look whether files have changed. */
    void open(Vertx vertx, AdminServer.Shown shown) throws Exception {
        Admin admin = config.admin();
        if (admin.enabled()) {
            AdminTls secured = tls;
            AdminServer server = new AdminServer(
                    new AdminServer.Settings(
                            config.node().name(),
                            Node.version(),
                            admin,
                            config.limits().admin(),
                            config.limits().tlsHandshakeTimeout().toMillis(),
                            config.limits().doorEntriesMax(),
                            System::currentTimeMillis),
                    new AdminServer.Doors(access, audit, () -> secured == null ? Set.of() : secured.names()),
                    shown);
            undo.add(() -> Waiting.on(server.stop(), CLOSE_SECONDS_MAX));
            adminPort = Waiting.on(server.start(vertx, secured == null ? null : secured.options()), START_SECONDS_MAX);
            undo.add(() -> closed = true);
            watch(vertx, server);
        }
        Monitoring monitoring = config.monitoring();
        if (monitoring.enabled()) {
            MonitoringServer server = new MonitoringServer(
                    new MonitoringServer.Settings(
                            monitoring.host(),
                            monitoring.port(),
                            monitoring.health(),
                            monitoring.metrics(),
                            config.limits().admin().connectionsMax()),
                    shown.metrics(),
                    shown.health());
            undo.add(() -> Waiting.on(server.stop(), CLOSE_SECONDS_MAX));
            monitoringPort = Waiting.on(server.start(vertx), START_SECONDS_MAX);
        }
    }

    /** One look after the other, and none on a loop. */
    private void watch(Vertx vertx, AdminServer server) {
        long millis = config.security().reloadInterval().toMillis();
        if (millis > 0 && !closed) {
            vertx.setTimer(millis, due -> look(vertx, server));
        }
    }

    private void look(Vertx vertx, AdminServer server) {
        if (closed) {
            return;
        }
        vertx.executeBlocking(this::look)
                .compose(renewed ->
                        tls != null && renewed ? server.renew(tls.options()) : Future.<Void>succeededFuture())
                .onFailure(fault -> LOG.error(
                        getMarker("admin-refresh-failed"),
                        "files of the admin port were not taken up; they are looked at again",
                        fault))
                .onComplete(looked -> watch(vertx, server));
    }

    /** @return whether TLS has changed */
    private boolean look() throws IOException {
        access.look();
        return tls != null && tls.look();
    }

    /** Says where it listens. */
    void announce(Map<String, String> addresses, Map<String, Integer> ports) {
        if (config.admin().enabled()) {
            addresses.put("admin", Hosts.withPort(config.admin().host(), adminPort));
            ports.put("admin", adminPort);
        }
        if (config.monitoring().enabled()) {
            addresses.put("monitoring", Hosts.withPort(config.monitoring().host(), monitoringPort));
            ports.put("monitoring", monitoringPort);
        }
    }

    /** Where changes are written down. */
    Audit audit() {
        return audit;
    }

    /** Whether changes can be written down; while they cannot they are refused, and clients are served all the same. */
    Health.Check audited() {
        String fault = audit.fault();
        return new Health.Check("audit", true, fault.isEmpty() ? "" : "changes are refused: " + fault);
    }

    /** These certificates, and that of the admin port. */
    CertificateStatus with(CertificateStatus others) {
        CertificateStatus own = tls == null ? CertificateStatus.NONE : tls;
        return () -> Stream.of(others, own)
                .flatMap(status -> status.certificates().stream())
                .toList();
    }
}
