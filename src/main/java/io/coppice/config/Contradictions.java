package io.coppice.config;

import io.coppice.config.CoppiceConfig.Admin;
import io.coppice.config.CoppiceConfig.BusTls;
import io.coppice.config.CoppiceConfig.ClientAuth;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.CoppiceConfig.ClusterMode;
import io.coppice.config.CoppiceConfig.Jwt;
import io.coppice.config.CoppiceConfig.Listener;
import io.coppice.config.CoppiceConfig.Monitoring;
import io.coppice.config.CoppiceConfig.Telemetry;
import io.coppice.config.CoppiceConfig.Tls;
import io.coppice.config.CoppiceConfig.WebSocketListener;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values that are allowed one by one, and not together. */
record Contradictions(CoppiceConfig config, Draft draft) {
    private record Socket(String key, boolean enabled, String host, int port) {
        Socket(String key, String host, int port) {
            this(key, true, host, port);
        }
    }

    /** Notes every one in the draft. */
    void find() {
        sockets();
        if (config.limits().packetSizeBeforeConnectMax() > config.limits().packetSizeMax()) {
            contradiction(
                    "limits.packet-size-before-connect-max",
                    "limits.packet-size-max",
                    "at most limits.packet-size-max");
        }
        if (!config.security().rulesFile().isEmpty()
                && !config.security().aclFile().isEmpty()) {
            contradiction("security.rules-file", "security.acl-file", "one of the two");
        }
        keysOfTokens(config.security().jwt());
        proxies("listeners.mqtt", config.listeners().mqtt());
        proxies("listeners.mqtts", config.listeners().mqtts());
        proxies("listeners.ws", config.listeners().ws());
        proxies("listeners.wss", config.listeners().wss());
        tls("listeners.mqtts", config.listeners().mqtts().tls());
        tls("listeners.wss", config.listeners().wss().tls());
        tls("admin.tls", config.admin().tls());
        admin(config.admin());
        cluster(config.cluster());
        telemetry(config.telemetry());
    }

    private void keysOfTokens(Jwt jwt) {
        Map<String, Boolean> given = new LinkedHashMap<>();
        given.put("security.jwt.secret-file", !jwt.secretFile().isEmpty());
        given.put("security.jwt.public-key-file", !jwt.publicKeyFile().isEmpty());
        given.put("security.jwt.jwks-file", !jwt.keysFile().isEmpty());
        given.put("security.jwt.jwks-url", !jwt.keys().url().isEmpty());
        List<String> sources = given.keySet().stream()
                .filter(key -> Boolean.TRUE.equals(given.get(key)))
                .toList();
        if (sources.size() > 1) {
            contradiction(sources.get(1), sources.get(0), "one of the four sources of keys");
        }
        if (jwt.aclRequired() && jwt.aclClaim().isEmpty()) {
            contradiction("security.jwt.acl-claim", "security.jwt.require-acl", "a claim, or require-acl false");
        }
    }

    private void sockets() {
        Listener mqtt = config.listeners().mqtt();
        Listener mqtts = config.listeners().mqtts();
        WebSocketListener ws = config.listeners().ws();
        WebSocketListener wss = config.listeners().wss();
        Admin admin = config.admin();
        Monitoring monitoring = config.monitoring();
        Cluster cluster = config.cluster();
        boolean clustered = cluster.mode() != ClusterMode.SINGLE;
        List<Socket> sockets = List.of(
                new Socket("listeners.mqtt.port", mqtt.enabled(), mqtt.host(), mqtt.port()),
                new Socket("listeners.mqtts.port", mqtts.enabled(), mqtts.host(), mqtts.port()),
                new Socket("listeners.ws.port", ws.enabled(), ws.host(), ws.port()),
                new Socket("listeners.wss.port", wss.enabled(), wss.host(), wss.port()),
                new Socket("admin.port", admin.enabled(), admin.host(), admin.port()),
                new Socket("monitoring.port", monitoring.enabled(), monitoring.host(), monitoring.port()),
                new Socket("cluster.port", clustered, cluster.host(), cluster.port()),
                new Socket("cluster.bus-port", clustered, cluster.host(), cluster.busPort()));
        for (int i = 1; i < sockets.size(); i++) {
            for (int j = 0; j < i; j++) {
                compare(sockets.get(j), sockets.get(i));
            }
        }
    }

    private void compare(Socket one, Socket other) {
        boolean bothOpen = one.enabled() && other.enabled() && one.port() != 0;
        if (bothOpen && one.port() == other.port() && Hosts.overlap(one.host(), other.host())) {
            contradiction(other.key(), one.key(), "a port that no other listener has, or 0");
        }
    }

    private void proxies(String listener, Listener one) {
        proxies(listener, one.proxyProtocol(), one.proxyNetworks());
    }

    private void proxies(String listener, WebSocketListener one) {
        proxies(listener, one.proxyProtocol(), one.proxyNetworks());
    }

    /** Who names networks wants nobody else to connect; without PROXY headers everybody could. */
    private void proxies(String listener, boolean proxyProtocol, List<AddressRange> networks) {
        if (!proxyProtocol && !networks.isEmpty()) {
            contradiction(listener + ".proxy-protocol", listener + ".proxy-networks", "true, or no networks");
        }
    }

    private void tls(String listener, Tls tls) {
        String certificate = listener + ".certificate";
        String clientCa = listener + ".client-ca";
        String clientAuth = listener + ".client-auth";
        if (!tls.enabled()) {
            Map<String, Boolean> given = new LinkedHashMap<>();
            given.put(".key", !tls.key().isEmpty());
            given.put(".key-password-file", !tls.keyPasswordFile().isEmpty());
            given.put(".further-certificates", !tls.furtherCertificates().isEmpty());
            given.put(".client-ca", !tls.clientCa().isEmpty());
            given.put(".client-auth", tls.clientAuth() != ClientAuth.NONE);
            given.put(".crl", !tls.crl().isEmpty());
            given.forEach((key, isGiven) -> {
                if (isGiven) {
                    contradiction(certificate, listener + key, "a certificate, or nothing else of TLS");
                }
            });
        } else if (tls.clientAuth() != ClientAuth.NONE && tls.clientCa().isEmpty()) {
            contradiction(clientCa, clientAuth, "who signs the certificates of clients");
        } else if (tls.clientAuth() == ClientAuth.NONE && !tls.clientCa().isEmpty()) {
            contradiction(clientAuth, clientCa, "optional or required, or no client-ca");
        } else if (tls.clientAuth() == ClientAuth.NONE && !tls.crl().isEmpty()) {
            contradiction(clientAuth, listener + ".crl", "optional or required, or no crl");
        }
    }

    /** Beyond loopback passwords and tokens must be asked for, and must not be read on the way. */
    private void admin(Admin admin) {
        if (!admin.enabled() || Hosts.isLoopback(admin.host())) {
            return;
        }
        String openOnly = "; to open no more than health and metrics: monitoring.enabled and monitoring.host";
        if (!admin.tls().enabled()) {
            contradiction("admin.tls.certificate", "admin.host", "a certificate, or admin.host on loopback" + openOnly);
        }
        if (!admin.knowsUsers()) {
            contradiction(
                    "admin.users-file",
                    "admin.host",
                    "admin.users-file (\"coppice passwd set FILE USER --role admin\" writes one) or admin.tokens-file"
                            + " (\"coppice token create FILE NAME --role admin\"), or admin.host on loopback"
                            + openOnly);
        }
    }

    private void cluster(Cluster cluster) {
        if (cluster.mode() == ClusterMode.STATIC) {
            if (cluster.members().isEmpty()) {
                contradiction("cluster.members", "cluster.mode", "at least one host:port");
            } else if (Hosts.isLoopback(cluster.host())
                    && !cluster.members().stream().allMatch(member -> Hosts.isLoopback(member.host()))) {
                contradiction("cluster.host", "cluster.members", "an address that the other nodes can reach");
            }
        } else if (!cluster.members().isEmpty()) {
            contradiction("cluster.members", "cluster.mode", "no members, or cluster.mode static");
        }
        busTls(cluster.busTls());
        if (cluster.sizeMax() > 0) {
            sizeMax(cluster);
        }
        if (cluster.mode() == ClusterMode.KUBERNETES) {
            kubernetes(cluster);
        } else if (!cluster.service().isEmpty()) {
            contradiction("cluster.service", "cluster.mode", "no service, or cluster.mode kubernetes");
        }
        if (cluster.mode() != ClusterMode.SINGLE
                && cluster.expectedSize() > 0
                && cluster.backups() >= cluster.expectedSize()) {
            boolean counted = cluster.mode() == ClusterMode.STATIC
                    && cluster.expectedSize() == cluster.members().size();
            contradiction(
                    "cluster.backups",
                    counted ? "cluster.members" : "cluster.expected-size",
                    "at most " + (cluster.expectedSize() - 1) + " with " + cluster.expectedSize() + " nodes");
        }
    }

    private void sizeMax(Cluster cluster) {
        if (cluster.mode() == ClusterMode.SINGLE) {
            contradiction("cluster.size-max", "cluster.mode", "0, or another cluster.mode");
        } else if (cluster.sizeMax() < cluster.expectedSize()) {
            contradiction("cluster.size-max", "cluster.expected-size", "0, or at least as many");
        } else if (cluster.sizeMax() > cluster.expectedSize()) {
            if (cluster.expectedSize() == 1) {
                contradiction("cluster.size-max", "cluster.expected-size", "0 or 1; a cluster grows from 2 nodes on");
            }
            if (config.durability() == CoppiceConfig.Durability.MEMORY) {
                contradiction(
                        "cluster.size-max", "durability", "0, or durability: disk, so that no node forgets the size");
            }
        }
    }

    private void busTls(BusTls tls) {
        List<String> keys = List.of("cluster.bus-tls.certificate", "cluster.bus-tls.key", "cluster.bus-tls.ca");
        List<String> values = List.of(tls.certificate(), tls.key(), tls.ca());
        for (int i = 0; i < keys.size(); i++) {
            String given = keys.get((i + 1) % keys.size());
            String next = values.get((i + 1) % keys.size());
            if (values.get(i).isEmpty() && !next.isEmpty()) {
                contradiction(keys.get(i), given, "a file, or none of the three");
            }
        }
    }

    private void kubernetes(Cluster cluster) {
        if (cluster.service().isEmpty()) {
            contradiction("cluster.service", "cluster.mode", "the DNS name of a headless Service");
        }
        if (cluster.expectedSize() == 0) {
            contradiction("cluster.expected-size", "cluster.mode", "the number of nodes, 1 or more");
        }
        if (Hosts.isLoopback(cluster.host())) {
            contradiction("cluster.host", "cluster.mode", "an address that the other nodes can reach");
        }
    }

    /** Headers are there for what is secret, which in clear may only stay on the machine. */
    private void telemetry(Telemetry telemetry) {
        if (telemetry.headersFile().isEmpty() || telemetry.url().isEmpty()) {
            return;
        }
        URI url = URI.create(telemetry.url());
        String host = url.getHost().replaceAll("[\\[\\]]", "");
        if ("http".equalsIgnoreCase(url.getScheme()) && !Hosts.isLoopback(host)) {
            contradiction("telemetry.headers-file", "telemetry.url", "an https URL, or an http URL of this machine");
        }
    }

    private void contradiction(String key, String other, String allowed) {
        if (draft.isSound(key) && draft.isSound(other)) {
            draft.fault(draft.described(key) + " contradicts " + draft.described(other) + "; allowed: " + allowed);
        }
    }
}
