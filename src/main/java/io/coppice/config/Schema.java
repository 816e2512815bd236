package io.coppice.config;

import io.coppice.config.CoppiceConfig.Address;
import io.coppice.config.CoppiceConfig.BusTls;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.CoppiceConfig.ClusterMode;
import io.coppice.config.CoppiceConfig.Durability;
import io.coppice.config.CoppiceConfig.DurabilitySync;
import io.coppice.config.CoppiceConfig.Limits;
import io.coppice.config.CoppiceConfig.Listeners;
import io.coppice.config.CoppiceConfig.Mqtt;
import io.coppice.config.CoppiceConfig.Node;
import io.coppice.config.CoppiceConfig.QueueOverflow;
import io.coppice.config.CoppiceConfig.ShareStrategy;
import io.coppice.config.CoppiceConfig.SharedSubscriptions;
import io.coppice.config.CoppiceConfig.Sys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The one description of every key: its type, its default, its meaning, and its place in the configuration. Building
 * a configuration asks for each key once, so that asking with a {@link Values} that only listens yields the list of
 * all keys.
 */
final class Schema {
    private static final int CLUSTER_PORT = 5_701;
    private static final int UNBOUNDED = Integer.MAX_VALUE;

    /** Answers with the value of a key. */
    interface Values {
        <T> T of(Key<T> key);
    }

    private final Values values;
    private final Supplier<String> hostName;

    private Schema(Values values, Supplier<String> hostName) {
        this.values = values;
        this.hostName = hostName;
    }

    /** All keys, in the order in which they are documented. */
    static List<Key<?>> keys() {
        List<Key<?>> keys = new ArrayList<>();
        Values listener = new Values() {
            @Override
            public <T> T of(Key<T> key) {
                keys.add(key);
                return key.type().read(key.byDefault()).orElseThrow();
            }
        };
        build(listener, List.of(), new ConfigOrigin(null, Map.of(), List.of(), new Draft(List.of())), () -> "");
        return Collections.unmodifiableList(keys);
    }

    /** The configuration that has the given values. */
    static CoppiceConfig build(Values values, List<Setting> settings, ConfigOrigin origin, Supplier<String> hostName) {
        return new Schema(values, hostName).config(settings, origin);
    }

    private CoppiceConfig config(List<Setting> settings, ConfigOrigin origin) {
        Node node = node();
        Listeners listeners = new ListenerSchema(this).listeners();
        AdminSchema http = new AdminSchema(this);
        return new CoppiceConfig(
                node,
                listeners,
                http.admin(),
                http.monitoring(),
                new SecuritySchema(values).security(listeners),
                value(
                        "durability",
                        ValueType.choice(Durability.class),
                        "disk",
                        "What acknowledged messages survive: memory keeps them as long as the process lives, disk also when it "
                                + "is killed or started anew."),
                value(
                        "durability-sync",
                        ValueType.choice(DurabilitySync.class),
                        "os",
                        "When a message counts as being on disk: os when the operating system has it, which survives a killed "
                                + "process; fsync when the disk itself says so, which survives the loss of power."),
                cluster(),
                new SharedSubscriptions(
                        value(
                                "shared-subscriptions.strategy",
                                ValueType.choice(ShareStrategy.class),
                                "round-robin",
                                "Which member of a shared subscription is given a message."),
                        bool(
                                "shared-subscriptions.prefer-local",
                                "false",
                                "Whether members connected to the publisher's node come before those on other nodes.")),
                new Sys(value(
                        "sys.interval",
                        ValueType.duration(Duration.ZERO, Duration.ofDays(1)),
                        "10s",
                        "Time between two publications of the $SYS topics; 0 for none.")),
                new Mqtt(
                        bool(
                                "mqtt.payload-format-check",
                                "false",
                                "Whether a payload that says it is UTF-8 is checked to be."),
                        value(
                                "mqtt.server-reference",
                                ValueType.text(
                                        "up to 1024 visible ASCII characters and spaces, such as broker.example.com:8883",
                                        "[\\x20-\\x7E]{0,1024}"),
                                "",
                                "Where clients of version 5 are told to go by a node that sends them elsewhere (Server Reference): a host, or several with "
                                        + "spaces between; empty where they are not told.")),
                limits(),
                new LogSchema(this).log(),
                new TraceSchema(this).trace(),
                new TelemetrySchema(this).telemetry(),
                settings,
                origin);
    }

    private Node node() {
        String name = value(
                "node.name",
                ValueType.text("up to 128 letters, digits, dots, hyphens and underscores", "[A-Za-z0-9._-]{0,128}"),
                "",
                "Name of this node, unique in a cluster; empty for the host's name.");
        String data = value(
                "node.data",
                ValueType.path("[^\\p{Cntrl}]{1,4096}"),
                "data",
                "Directory for what the node keeps on disk; with durability memory nothing is written.");
        int eventLoops =
                integer("node.event-loops", 0, 1024, "0", "Threads that serve connections; 0 for one per processor.");
        int writeVersion = integer(
                "node.write-version",
                ReleaseVersions.oldest(),
                ReleaseVersions.newest(),
                Integer.toString(ReleaseVersions.written()),
                "Up to which version nodes may write what they tell each other and keep; in a cluster the smallest of all nodes, once "
                        + "all are there and read it. A release that does not read it cannot be gone back to from then on.");
        return new Node(
                name.isEmpty() ? hostName.get() : name,
                data,
                eventLoops == 0 ? Runtime.getRuntime().availableProcessors() : eventLoops,
                writeVersion);
    }

    private Cluster cluster() {
        ClusterMode mode = value(
                "cluster.mode",
                ValueType.choice(ClusterMode.class),
                "single",
                "How the nodes of a cluster find each other; single for a node that is alone.");
        String name = value(
                "cluster.name",
                ValueType.text("1 to 128 letters, digits, dots, hyphens and underscores", "[A-Za-z0-9._-]{1,128}"),
                "coppice",
                "Name of the cluster; nodes of another name are kept out.");
        List<Address> members = value(
                "cluster.members",
                ValueType.list(
                        "host or host:port of each, with commas between or as a list",
                        text -> Hosts.readAddress(text, CLUSTER_PORT)),
                "",
                "With mode static: the cluster ports of all nodes, this one included; 5701 where no port is given.");
        String host = host("cluster.host", "Address of this node that the others reach it at.");
        int port = port("cluster.port", "5701", "Port for membership and shared state; 0 for any free one.");
        int busPort = port("cluster.bus-port", "5801", "Port for messages between nodes; 0 for any free one.");
        BusTls busTls = new BusTls(
                path("cluster.bus-tls.certificate", "Certificate of this node in PEM; empty for a bus without TLS."),
                path("cluster.bus-tls.key", "Key of the certificate in PEM, without a password."),
                path(
                        "cluster.bus-tls.ca",
                        "Authority in PEM that signs the nodes' certificates and nothing else: who has one is a node."));
        String secretFile = path(
                "cluster.secret-file",
                "File with the secret that nodes must know to become members, the same on every node: one line of at least 16 "
                        + "characters, and a second one that is accepted too while secrets change. Empty for none.");
        String service = value(
                "cluster.service",
                ValueType.text("a DNS name", "[A-Za-z0-9.-]{0,253}"),
                "",
                "With mode kubernetes: DNS name of the headless Service that leads to every pod.");
        int backups = integer(
                "cluster.backups",
                0,
                6,
                "1",
                "Copies besides the first, each on another node: how many nodes may fail at once without loss.");
        int expectedSize = integer(
                "cluster.expected-size",
                0,
                1_000,
                "0",
                "Nodes of the whole cluster; more than half must be there. 0 for as many as there are members.");
        int sizeMax = integer(
                "cluster.size-max",
                0,
                1_000,
                "0",
                "Nodes up to which the running cluster grows, one by one, with those that come beyond cluster.expected-size, which is "
                        + "then where it begins and what it never goes below by itself; the same on every node, needs durability: disk. "
                        + "0 for a size that never changes.");
        Duration shrinkAfter = value(
                "cluster.shrink-after",
                ValueType.duration(Duration.ZERO, Duration.ofDays(365)),
                "10m",
                "With cluster.size-max: time for which a node that was stopped on purpose is waited for before the cluster becomes "
                        + "smaller by it; longer than a restart takes. 0 for ever.");
        int partitions = integer(
                "cluster.partitions",
                1,
                10_000,
                "31",
                "Parts into which the shared state is divided, the same on every node.");
        Duration joinTimeout = value(
                "cluster.join-timeout",
                ValueType.duration(Duration.ofSeconds(1), Duration.ofHours(1)),
                "2m",
                "Time that a start waits for more than half of the nodes.");
        Duration recoveryTimeout = value(
                "cluster.recovery-timeout",
                ValueType.duration(Duration.ZERO, Duration.ofHours(24)),
                "2m",
                "After a failure of more nodes than there are copies, or a start of the whole cluster: time for which those that "
                        + "are missing are waited for, before the others go on without what only they had.");
        Duration tombstoneRetention = value(
                "cluster.tombstone-retention",
                ValueType.duration(Duration.ofMinutes(1), Duration.ofDays(365)),
                "24h",
                "Time for which a node may be away and bring back what is on its disk: so long the others remember on theirs what "
                        + "has ended.");
        return new Cluster(
                mode,
                name,
                members,
                host,
                port,
                busPort,
                busTls,
                secretFile,
                service,
                backups,
                switch (mode) {
                    case SINGLE -> 1;
                    case STATIC -> expectedSize == 0 ? members.size() : expectedSize;
                    case KUBERNETES -> expectedSize;
                },
                partitions,
                joinTimeout,
                recoveryTimeout,
                tombstoneRetention,
                sizeMax,
                shrinkAfter);
    }

    private Limits limits() {
        return new Limits(
                size("packet-size-max", 256, 268_435_455, "1MiB", "Size of one packet."),
                size(
                        "packet-size-before-connect-max",
                        128,
                        268_435_455,
                        "16KiB",
                        "Size of the first packet of a connection, which comes from a stranger."),
                value(
                        "limits.connect-timeout",
                        ValueType.duration(Duration.ofMillis(100), Duration.ofHours(1)),
                        "10s",
                        "Time that a new connection has to send its CONNECT, a TLS handshake included."),
                value(
                        "limits.tls-handshake-timeout",
                        ValueType.duration(Duration.ofMillis(100), Duration.ofHours(1)),
                        "10s",
                        "Time that a new connection has for its TLS handshake."),
                value(
                        "limits.authentication-timeout",
                        ValueType.duration(Duration.ofMillis(100), Duration.ofHours(1)),
                        "10s",
                        "Time that a client has to prove itself by enhanced authentication (AUTH), with CONNECT and later."),
                limit("client-id-length-max", 23, 65_535, "65535", "Bytes of a client identifier."),
                limit("topic-length-max", 1, 65_535, "65535", "Bytes of a topic name or topic filter."),
                limit("topic-levels-max", 1, 65_535, "128", "Levels of a topic name or topic filter."),
                limit("subscriptions-per-client-max", 0, UNBOUNDED, "100000", "Subscriptions of one client."),
                limit("user-properties-max", 0, 65_535, "100", "User properties of one packet."),
                size("properties-bytes-max", 128, 268_435_455, "128KiB", "Bytes of the properties of one packet."),
                limit(
                        "receive-maximum",
                        1,
                        65_535,
                        "1024",
                        "QoS 1 and 2 messages from one client that are not yet acknowledged."),
                limit(
                        "in-flight-max",
                        1,
                        65_535,
                        "256",
                        "QoS 1 and 2 messages to one client that are not yet acknowledged; its Receive Maximum may lower it."),
                limit("queue-messages-max", 0, UNBOUNDED, "10000", "Messages that wait for one client."),
                longSize("queue-bytes-max", "64MiB", "Bytes that wait for one client."),
                longSize(
                        "queue-memory-bytes-max",
                        "256KiB",
                        "Bytes of these that are held in memory; what is behind them is read from the journal when its turn comes. With "
                                + "durability: memory queues are held in memory whole, in a cluster on each copy too."),
                queuesMemory(),
                value(
                        "limits.queue-overflow",
                        ValueType.choice(QueueOverflow.class),
                        "drop-newest",
                        "What a full queue does: drop the new message, drop the oldest, or reject the publisher."),
                value(
                        "limits.session-expiry-max",
                        ValueType.expiry(),
                        "never",
                        "Longest time that a session is kept without a connection, in seconds or with a unit."),
                longLimit("sessions-max", 1, "1000000", "Sessions on this node."),
                longLimit("retained-messages-max", 0, "1000000", "Retained messages."),
                longSize("retained-bytes-max", "1GiB", "Bytes of retained messages."),
                limit("connections-max", 1, UNBOUNDED, "100000", "Connections to this node."),
                limit("connect-rate-max", 0, UNBOUNDED, "10000", "CONNECTs a second on this node; 0 for no limit."),
                longSize(
                        "disk-free-min",
                        "128MiB",
                        "Bytes that are left free on the disk of node.data: with less nothing new is stored, so that what is there can still "
                                + "be worked off; 0 for none."),
                value(
                        "limits.journal-backlog-bytes-max",
                        ValueType.longSize(1 << 20, 1L << 50),
                        "64MiB",
                        "Bytes that wait to be written to the disk of node.data: from half of it clients that bring more are not read from, and with "
                                + "more nothing new is stored."),
                limit(
                        "drain-rate-max",
                        0,
                        UNBOUNDED,
                        "5000",
                        "Clients sent away a second when the node stops, so that the others can take them in; more where that would take longer than drain-time-max; 0 for no limit."),
                value(
                        "limits.drain-time-max",
                        ValueType.duration(Duration.ofSeconds(1), Duration.ofHours(1)),
                        "15s",
                        "Time in which a node that stops has sent all its clients away, whatever the rate; what it does after that takes up to 50 s more, and "
                                + "whoever ends the process has to wait as long."),
                value(
                        "limits.drain-settle-time",
                        ValueType.duration(Duration.ZERO, Duration.ofSeconds(10)),
                        "500ms",
                        "Time that a client which is sent elsewhere has to acknowledge what is in flight at QoS 1 and 2; what it has not by then is sent again by its "
                                + "next node."),
                limit("publish-rate-max", 0, UNBOUNDED, "0", "PUBLISHes a second of one client; 0 for no limit."),
                Math.toIntExact(
                        value(
                                "limits.keep-alive-max",
                                ValueType.seconds(1, 65_535),
                                "65535s",
                                "Longest keep-alive; a client that asks for more, or for none, is held to this one. Version 5 is told.")),
                limit("topic-alias-max", 0, 65_535, "32", "Topic aliases that a client may use."),
                limit("topic-alias-out-max", 0, 65_535, "32", "Topic aliases used towards a client that offers them."),
                size(
                        "output-buffer-bytes-max",
                        1_024,
                        1 << 30,
                        "1MiB",
                        "Bytes not yet written to one client above which its QoS 0 messages are dropped."),
                value(
                        "limits.send-timeout",
                        ValueType.duration(Duration.ZERO, Duration.ofDays(1)),
                        "1m",
                        "Time for which a client may read nothing of what it is sent while its output buffer is full; then its connection ends, and its "
                                + "session is kept as after any other end. 0 for no limit."),
                limit("loop-backlog-max", 1, UNBOUNDED, "65536", "Messages on the way between two event loops."),
                limit(
                        "forward-backlog-max",
                        1,
                        UNBOUNDED,
                        "65536",
                        "Messages to one event loop of another node that are not yet confirmed."),
                limit(
                        "retained-tombstones-max",
                        1,
                        UNBOUNDED,
                        "100000",
                        "Cleared retained messages that a node of a cluster remembers, so that no older one comes back."),
                limit(
                        "heap-percent-max",
                        0,
                        99,
                        "80",
                        "Percent of the heap in use after each of three collections from which on no client is let in, until it is 5 less; with 5 more those "
                                + "who publish most are not read from. 0 for no limit."),
                value(
                        "limits.loop-lag-max",
                        ValueType.duration(Duration.ZERO, Duration.ofHours(1)),
                        "2s",
                        "Time by which an event loop may be late three times in a row before no client is let in. 0 for no limit."),
                limit(
                        "connect-rate-per-address-max",
                        0,
                        UNBOUNDED,
                        "0",
                        "CONNECTs a second of one address, of IPv6 the network of 64 bits; 0 for no limit. Only where clients have addresses of "
                                + "their own: not behind a proxy without PROXY headers."),
                limit(
                        "door-entries-max",
                        1_000,
                        10_000_000,
                        "100000",
                        "Addresses, users and client identifiers that are remembered for bans, rates and right passwords, of each kind; of more the oldest are "
                                + "forgotten."),
                limit(
                        "password-checks-waiting-max",
                        1,
                        1_000_000,
                        "1000",
                        "Clients that wait for their password to be checked; one more is told that the server is busy."),
                new AdminSchema(this).limits());
    }

    private long queuesMemory() {
        long chosen = longSize(
                "queues-memory-bytes-max",
                "0",
                "Bytes that wait for all clients together and are in memory; 0 for half of the heap. Above it queues hold little in memory and are read "
                        + "from the journal; what is in none (durability: memory, sessions that end with their connection, shared subscriptions) is "
                        + "treated as by a full queue.");
        return chosen == 0 ? Runtime.getRuntime().maxMemory() / 2 : chosen;
    }

    int limit(String name, int min, int max, String byDefault, String documentation) {
        return integer("limits." + name, min, max, byDefault, documentation);
    }

    private long longLimit(String name, long min, String byDefault, String documentation) {
        return value("limits." + name, ValueType.longInteger(min, 1_000_000_000_000L), byDefault, documentation);
    }

    private int size(String name, int min, int max, String byDefault, String documentation) {
        return value("limits." + name, ValueType.size(min, max), byDefault, documentation);
    }

    private long longSize(String name, String byDefault, String documentation) {
        return value("limits." + name, ValueType.longSize(0, 1L << 50), byDefault, documentation);
    }

    int integer(String name, int min, int max, String byDefault, String documentation) {
        return value(name, ValueType.integer(min, max), byDefault, documentation);
    }

    boolean bool(String name, String byDefault, String documentation) {
        return value(name, ValueType.bool(), byDefault, documentation);
    }

    String host(String name, String documentation) {
        ValueType<String> type = new ValueType<>("a host name or an IP address, without brackets", Hosts::read);
        return value(name, type, "127.0.0.1", documentation);
    }

    String path(String name, String documentation) {
        return value(name, ValueType.path(), "", documentation);
    }

    int port(String name, String byDefault, String documentation) {
        return integer(name, 0, 65_535, byDefault, documentation);
    }

    <T> T value(String name, ValueType<T> type, String byDefault, String documentation) {
        return values.of(new Key<>(name, type, byDefault, documentation));
    }
}
