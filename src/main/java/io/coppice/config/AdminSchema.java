package io.coppice.config;

import io.coppice.config.CoppiceConfig.Admin;
import io.coppice.config.CoppiceConfig.AdminLimits;
import io.coppice.config.CoppiceConfig.AdminOpen;
import io.coppice.config.CoppiceConfig.Audit;
import io.coppice.config.CoppiceConfig.ClientAuth;
import io.coppice.config.CoppiceConfig.Monitoring;
import io.coppice.config.CoppiceConfig.Tls;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The part of the {@link Schema} that says what is served over HTTP, and to whom. */
record AdminSchema(Schema schema) {
    Admin admin() {
        return new Admin(
                schema.bool("admin.enabled", "true", "Whether the HTTP API, health, metrics and console are served."),
                schema.host(
                        "admin.host",
                        "Address that they listen on; beyond loopback only with admin.tls.certificate and users or tokens."),
                schema.port("admin.port", "8080", "Port that they listen on; 0 for any free one."),
                schema.value(
                        "admin.names",
                        ValueType.list(
                                "host names, with commas between or as a list",
                                text -> Hosts.read(text).filter(name -> !name.contains(":"))),
                        "",
                        "Names that requests may be for, besides localhost, admin.host, addresses, and those of the certificate: such as the name "
                                + "of a proxy."),
                tls(),
                schema.path(
                        "admin.users-file",
                        "Who may use them by password, as \"coppice passwd set FILE USER --role ROLE\" writes it: name:role:hash. Empty for nobody."),
                schema.path(
                        "admin.tokens-file",
                        "Who may use them by bearer token, as \"coppice token create FILE NAME --role ROLE\" writes it. Empty for nobody."),
                open(),
                schema.value(
                        "admin.cors-origins",
                        ValueType.list(
                                "origins such as https://console.example.com, with commas between or as a list",
                                text -> Origins.ORIGIN.matcher(text).matches() ? Optional.of(text) : Optional.empty()),
                        "",
                        "Sites whose pages may use them in a browser; empty for none but their own."),
                schema.value(
                        "admin.back-off-max",
                        ValueType.duration(Duration.ofSeconds(1), Duration.ofDays(1)),
                        "5m",
                        "Longest time for which an address is refused after wrong passwords and tokens; it begins with a second and doubles with each."),
                audit());
    }

    private Set<AdminOpen> open() {
        ValueType<AdminOpen> one = ValueType.choice(AdminOpen.class);
        List<AdminOpen> open = schema.value(
                "admin.open",
                ValueType.list("health, metrics or both, with a comma between or as a list", one::read),
                "",
                "What needs no user and no token; monitoring.port serves the same on a port of its own.");
        return open.isEmpty() ? Set.of() : EnumSet.copyOf(open);
    }

    private Tls tls() {
        return new Tls(
                schema.path(
                        "admin.tls.certificate",
                        "Certificate in PEM, the node's own first and then those up to the authority; or with its key in one file (PEM or "
                                + "PKCS#12) or directory (tls.crt and tls.key, or fullchain.pem and privkey.pem). Empty for plain HTTP."),
                schema.path(
                        "admin.tls.key",
                        "Key of the certificate in PEM; empty where it is in the same file or directory."),
                schema.path(
                        "admin.tls.key-password-file",
                        "File whose first line is the password of the key, or of the PKCS#12 file."),
                List.of(),
                schema.path("admin.tls.client-ca", "Authorities in PEM that sign the certificates of callers."),
                schema.value(
                        "admin.tls.client-auth",
                        ValueType.choice(ClientAuth.class),
                        "none",
                        "Whether a caller is asked for a certificate, besides a password or token; a wrong one is refused in either case."),
                schema.path(
                        "admin.tls.crl", "Revoked certificates of callers, in PEM or DER: a list for each authority."),
                schema.value(
                        "admin.tls.protocols",
                        ListenerSchema.TLS_PROTOCOLS,
                        "TLSv1.2,TLSv1.3",
                        "Versions of TLS that a caller may speak."));
    }

    private Audit audit() {
        return new Audit(
                schema.path(
                        "admin.audit-file",
                        "Where it is written who changed what and when, a line of JSON each; while that cannot be, changes are refused. Empty for "
                                + "the node's log."),
                schema.value(
                        "admin.audit-file-bytes-max",
                        ValueType.longSize(0, 1L << 50),
                        "10MiB",
                        "Size at which the file is renamed and a new one begun; 0 for none, where something else does so."),
                schema.integer(
                        "admin.audit-files",
                        1,
                        1_000,
                        "10",
                        "Files that are kept, the newest included; the oldest is deleted."));
    }

    Monitoring monitoring() {
        return new Monitoring(
                schema.bool(
                        "monitoring.enabled",
                        "false",
                        "Whether health and metrics are also served on a port of their own, over plain HTTP and to anybody: for Prometheus and "
                                + "the probes of Kubernetes."),
                schema.host("monitoring.host", "Address that it listens on; 0.0.0.0 for all of IPv4, :: for all."),
                schema.port("monitoring.port", "8090", "Port that it listens on; 0 for any free one."),
                schema.bool("monitoring.health", "true", "Whether /health is served there."),
                schema.bool("monitoring.metrics", "true", "Whether /metrics is served there."));
    }

    AdminLimits limits() {
        return new AdminLimits(
                schema.limit(
                        "admin-connections-max",
                        4,
                        100_000,
                        "256",
                        "Connections to the admin port, and as many to the monitoring port; of one address that is not loopback a quarter of it."),
                schema.value(
                        "limits.admin-body-bytes-max",
                        ValueType.longSize(1_024, 1L << 30),
                        "1MiB",
                        "Bytes of the body of a request to the admin port, but for imports."),
                schema.limit(
                        "admin-wrong-tries-max",
                        1,
                        1_000_000,
                        "10",
                        "Wrong passwords and tokens of one address, of IPv6 the network of 64 bits, before it has to wait; see admin.back-off-max."));
    }
}
