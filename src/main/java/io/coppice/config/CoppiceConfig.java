package io.coppice.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything that can be chosen about a node. Values are checked and resolved: a host name stands where none was
 * given, and a number of event loops where 0 was. Numbers are in base units: bytes, messages, seconds.
 *
 * @param settings the same values as they were written, each with its source, in the order of the documentation
 * @param origin from which it was put together
 */
public record CoppiceConfig(
        Node node,
        Listeners listeners,
        Admin admin,
        Monitoring monitoring,
        Security security,
        Durability durability,
        DurabilitySync durabilitySync,
        Cluster cluster,
        SharedSubscriptions sharedSubscriptions,
        Sys sys,
        Mqtt mqtt,
        Limits limits,
        Log log,
        Trace trace,
        Telemetry telemetry,
        List<Setting> settings,
        ConfigOrigin origin) {
    public CoppiceConfig {
        settings = List.copyOf(settings);
    }

    /**
     * The process itself.
     *
     * @param name unique in a cluster, never empty
     * @param data directory for what is kept on disk; nothing is written with {@link Durability#MEMORY}
     * @param eventLoops at least 1
     */
    public record Node(String name, String data, int eventLoops, int writeVersion) {}

    /** The shape of a line of the log. */
    public enum LogFormat {
        /** For people. */
        TEXT,
        /** For machines: an object on each line. */
        JSON
    }

    /** How much is logged: what stands here and what is graver. */
    public enum LogLevel {
        OFF,
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }

    /**
     * What is written of what happens.
     *
     * @param levels by the part of the node, where it is not {@code level}
     */
    public record Log(LogFormat format, LogLevel level, Map<String, LogLevel> levels) {
        public Log {
            levels = Map.copyOf(levels);
        }
    }

    /** Where MQTT clients connect. */
    public record Listeners(Listener mqtt, Listener mqtts, WebSocketListener ws, WebSocketListener wss) {}

    /**
     * MQTT over TCP.
     *
     * @param port 0 for any free one
     * @param proxyProtocol whether every connection begins with a PROXY protocol header
     * @param proxyNetworks from where alone connections come then; empty for anywhere
     * @param tls {@link Tls#NONE} where clients speak plainly
     */
    public record Listener(
            boolean enabled, String host, int port, boolean proxyProtocol, List<AddressRange> proxyNetworks, Tls tls) {
        public Listener {
            proxyNetworks = List.copyOf(proxyNetworks);
        }
    }

    /**
     * MQTT over WebSocket.
     *
     * @param port 0 for any free one
     * @param path begins with a slash
     * @param proxyProtocol whether every connection begins with a PROXY protocol header
     * @param proxyNetworks from where alone connections come then; empty for anywhere
     * @param origins whose pages may connect
     * @param tls {@link Tls#NONE} where clients speak plainly
     */
    public record WebSocketListener(
            boolean enabled,
            String host,
            int port,
            String path,
            boolean proxyProtocol,
            List<AddressRange> proxyNetworks,
            Origins origins,
            Tls tls) {
        public WebSocketListener {
            proxyNetworks = List.copyOf(proxyNetworks);
        }
    }

    /** Whether clients must show a certificate. */
    public enum ClientAuth {
        /** None is asked for. */
        NONE,
        /** One is asked for, and checked where it is shown. */
        OPTIONAL,
        /** Who has none is not let in. */
        REQUIRED
    }

    /** Versions of TLS. */
    public enum TlsProtocol {
        V1_2("TLSv1.2"),
        V1_3("TLSv1.3");

        private final String text;

        TlsProtocol(String text) {
            this.text = text;
        }

        /** As it is written in a configuration, and called by Java and OpenSSL. */
        public String text() {
            return text;
        }
    }

    /**
     * What a TLS listener shows its clients and asks of them.
     *
     * @param certificate a file in PEM or PKCS#12, or a directory; empty where the listener is closed
     * @param key a file in PEM; empty where it is beside the certificate
     * @param keyPasswordFile whose first line is the password of keys; empty where they have none
     * @param furtherCertificates each with its key, for names that the first is not for
     * @param clientCa authorities in PEM that sign clients' certificates; empty with {@link ClientAuth#NONE}
     * @param crl lists of revoked certificates in PEM or DER; empty for none
     * @param protocols at least one
     */
    public record Tls(
            String certificate,
            String key,
            String keyPasswordFile,
            List<String> furtherCertificates,
            String clientCa,
            ClientAuth clientAuth,
            String crl,
            List<TlsProtocol> protocols) {
        public static final Tls NONE =
                new Tls("", "", "", List.of(), "", ClientAuth.NONE, "", List.of(TlsProtocol.values()));

        public Tls {
            furtherCertificates = List.copyOf(furtherCertificates);
            protocols = List.copyOf(protocols);
        }

        public boolean enabled() {
            return !certificate.isEmpty();
        }
    }

    /** What of the admin port may be asked by anybody. */
    public enum AdminOpen {
        HEALTH,
        METRICS
    }

    /**
     * Where the HTTP API, the metrics and the console are served, and to whom.
     *
     * @param port 0 for any free one
     * @param names host names that requests may be for, besides those of the certificate
     * @param tls {@link Tls#NONE} where it is plain HTTP
     * @param usersFile path, empty for none; where there are neither users nor tokens, the port is on loopback
     * @param tokensFile path, empty for none
     * @param open what needs no user
     * @param corsOrigins whose pages may read answers, such as {@code https://console.example.com}
     * @param backOffMax longest time for which an address is refused after wrong tries
     */
    public record Admin(
            boolean enabled,
            String host,
            int port,
            List<String> names,
            Tls tls,
            String usersFile,
            String tokensFile,
            Set<AdminOpen> open,
            List<String> corsOrigins,
            Duration backOffMax,
            Audit audit) {
        public Admin {
            names = List.copyOf(names);
            open = Set.copyOf(open);
            corsOrigins = List.copyOf(corsOrigins);
        }

        /** Whether anybody can prove who they are; otherwise being on the node's own machine has to do. */
        public boolean knowsUsers() {
            return !usersFile.isEmpty() || !tokensFile.isEmpty();
        }
    }

    /**
     * Where it is written down who changed what by way of the admin port.
     *
     * @param file path, empty for the log
     * @param bytesMax of one file, 0 for any size
     * @param files that are kept, the one that is written to included; at least 1
     */
    public record Audit(String file, long bytesMax, int files) {}

    /**
     * Where health and metrics are served to anybody, and nothing else is.
     *
     * @param port 0 for any free one
     */
    public record Monitoring(boolean enabled, String host, int port, boolean health, boolean metrics) {}

    /**
     * Who may enter, and what clients may do.
     *
     * @param anonymous whether clients without a user name may; {@code auto} is resolved to whether every MQTT
     *     listener is on loopback and nothing says who is a user
     * @param passwordFile path, empty for none
     * @param reloadInterval between two looks at the files, zero for never
     * @param checkThreads that check passwords, and as many that check tokens, at least 1
     * @param passwordMemory how long a password that was right is known again without being checked, zero for not at all
     * @param aclFile rules in Mosquitto's syntax; empty for none
     * @param rulesFile rules in YAML, in the place of the others; empty for none
     * @param checkSource whether stored messages of publishers that have lost the right to publish them are withheld
     * @param clientIdSharedByUsers whether a client may have the session that another user's client has made
     * @param grantedFiltersMax filters that a token or an answer may give to one client
     */
    public record Security(
            boolean anonymous,
            String passwordFile,
            Duration reloadInterval,
            int checkThreads,
            Duration passwordMemory,
            CertificateUser certificateUser,
            Ban ban,
            Flapping flapping,
            String aclFile,
            String rulesFile,
            boolean clientIdSharedByUsers,
            boolean checkSource,
            Jwt jwt,
            HttpCallout http,
            int grantedFiltersMax) {
        /** Whether anybody is asked who a client is; otherwise a user name proves nothing. */
        public boolean knowsUsers() {
            return !passwordFile.isEmpty()
                    || certificateUser != CertificateUser.NONE
                    || jwt.enabled()
                    || http.enabled();
        }
    }

    /** Algorithms of signatures (RFC 7518, 3.1) that are known; what is none of these is refused, {@code none} above all. */
    public enum JwtAlgorithm {
        HS256,
        HS384,
        HS512,
        RS256,
        RS384,
        RS512,
        PS256,
        PS384,
        PS512,
        ES256,
        ES384,
        ES512
    }

    /**
     * Tokens in the place of passwords (RFC 7519). One of the four sources of keys is there, or there are no tokens.
     *
     * @param secretFile what is in it is the key of HS256, HS384 and HS512
     * @param publicKeyFile keys in PEM
     * @param keysFile keys as a JWK Set (RFC 7517)
     * @param keys where a JWK Set is fetched
     * @param algorithms that a token may have; what fits no key cannot be had in any case
     * @param tokenBytesMax of a longer token nothing is read
     * @param issuer whose tokens are taken; empty for anybody's
     * @param audience that a token must be for; empty for any
     * @param expiryRequired whether a token must say when it expires
     * @param leeway by which the clocks of others may differ
     * @param userClaim that is the user name
     * @param userNameMatches whether CONNECT must say the same user name
     * @param clientIdClaim that the client identifier must be equal to; empty for none
     * @param aclClaim that says what the client may do; empty for none
     * @param aclRequired whether a token must say it
     * @param disconnectAtExpiry whether a connection ends with its token
     */
    public record Jwt(
            String secretFile,
            String publicKeyFile,
            String keysFile,
            JwksUrl keys,
            List<JwtAlgorithm> algorithms,
            int tokenBytesMax,
            String issuer,
            String audience,
            boolean expiryRequired,
            Duration leeway,
            String userClaim,
            boolean userNameMatches,
            String clientIdClaim,
            String aclClaim,
            boolean aclRequired,
            boolean disconnectAtExpiry) {
        public Jwt {
            algorithms = List.copyOf(algorithms);
        }

        public boolean enabled() {
            return !secretFile.isEmpty()
                    || !publicKeyFile.isEmpty()
                    || !keysFile.isEmpty()
                    || !keys.url().isEmpty();
        }
    }

    /**
     * A JWK Set that is fetched.
     *
     * @param url empty for none
     * @param caFile authorities in PEM that its server must lead to; empty for those of Java
     * @param refresh time between two fetches
     * @param refetchMin least time between two fetches that a token of an unknown key brings about
     * @param staleMax how long keys are used after they should have been fetched anew
     * @param timeout for one fetch
     * @param bytesMax of a set
     */
    public record JwksUrl(
            String url,
            String caFile,
            Duration refresh,
            Duration refetchMin,
            Duration staleMax,
            Duration timeout,
            int bytesMax) {}

    /**
     * Somebody who is asked over HTTP who a client is, or what it may do.
     *
     * @param authnUrl empty for nobody
     * @param authzUrl asked topic by topic; empty for nobody
     * @param caFile authorities in PEM that its server must lead to; empty for those of Java
     * @param tokenFile whose first line is sent as bearer token; empty for none
     * @param timeout for one answer
     * @param concurrentMax questions under way
     * @param waitingMax questions that wait for that
     * @param cacheTime for which an answer is good, zero for none
     * @param authzCacheTime for which an answer about what a client may do is good
     * @param authzStaleMax for which a subscription goes on after that where nobody can say, zero for none
     * @param cacheEntriesMax answers that are remembered, of those that let in or allow, and as many of others; for each URL
     * @param answerBytesMax of an answer
     * @param breakerFailures one after the other, after which nobody is asked for {@code breakerTime}
     */
    public record HttpCallout(
            String authnUrl,
            String authzUrl,
            String caFile,
            String tokenFile,
            Duration timeout,
            int concurrentMax,
            int waitingMax,
            Duration cacheTime,
            Duration authzCacheTime,
            Duration authzStaleMax,
            int cacheEntriesMax,
            int answerBytesMax,
            int breakerFailures,
            Duration breakerTime) {
        public boolean enabled() {
            return !authnUrl.isEmpty();
        }

        public boolean asksRights() {
            return !authzUrl.isEmpty();
        }
    }

    /** What of a client's certificate is its user name. */
    public enum CertificateUser {
        /** Nothing. */
        NONE,
        /** The common name of its subject. */
        CN,
        /** The first DNS name of its subject alternative name. */
        SAN_DNS,
        /** The first e-mail address there. */
        SAN_EMAIL
    }

    /**
     * When wrong passwords get somebody refused.
     *
     * @param failures of one user from one address, 0 for never
     * @param addressFailures of all users from one address, 0 for never
     */
    public record Ban(int failures, int addressFailures, Duration window, Duration time) {}

    /**
     * When a client identifier is refused because it comes and goes.
     *
     * @param connects within the window that are allowed, 0 for any number
     */
    public record Flapping(int connects, Duration window, Duration time) {}

    /** What a message that was acknowledged survives. */
    public enum Durability {
        /** The connection of its receiver, but not the process. */
        MEMORY,
        /** The process: it is on disk, see {@link DurabilitySync}. */
        DISK
    }

    /** When something counts as being on disk. */
    public enum DurabilitySync {
        /** When the operating system has it: it survives a process that is killed, but not the loss of power. */
        OS,
        /** When the disk has said so. */
        FSYNC
    }

    /** How a node finds the others of its cluster. */
    public enum ClusterMode {
        /** There are no others. */
        SINGLE,
        /** Every node is listed. */
        STATIC,
        /** A headless Service has an address for each pod. */
        KUBERNETES
    }

    /**
     * A place on the network.
     *
     * @param host a name or an IP address, without brackets
     */
    public record Address(String host, int port) {}

    /**
     * The keys with which nodes prove themselves to each other, as files in PEM.
     *
     * @param certificate of this node, with those between it and the authority; empty where nothing is encrypted, like
     *     the others then
     * @param key of the certificate, without a password
     * @param ca who signs the certificates of nodes, and of nothing else
     */
    public record BusTls(String certificate, String key, String ca) {
        public static final BusTls NONE = new BusTls("", "", "");

        public boolean enabled() {
            return !certificate.isEmpty();
        }
    }

    /**
     * The nodes that are one broker together.
     *
     * @param members empty unless the mode is {@link ClusterMode#STATIC}
     * @param host address of this node for the others
     * @param port for membership and shared state, 0 for any free one
     * @param busPort for messages between nodes, 0 for any free one
     * @param busTls how messages between nodes are kept from others
     * @param secretFile what nodes must know to become members; empty where nothing is asked
     * @param service DNS name, empty unless the mode is {@link ClusterMode#KUBERNETES}
     * @param backups copies besides the first, each on a node of its own
     * @param expectedSize nodes of a whole cluster, of which more than half must be there; 1 in {@link
     *     ClusterMode#SINGLE}
     * @param partitions parts into which shared state is divided
     * @param joinTimeout how long a start waits until the cluster serves
     * @param recoveryTimeout how long nodes are waited for that may have what the others have not
     * @param tombstoneRetention how long a disk remembers that a session has ended, or a topic was cleared
     * @param sizeMax up to which the running cluster grows with the nodes that come; 0 or {@code expectedSize} where its size is
     *     what is configured
     * @param shrinkAfter how long a node that has left on purpose is waited for before the cluster is meant to be smaller; zero
     *     for ever
     */
    public record Cluster(
            ClusterMode mode,
            String name,
            List<Address> members,
            String host,
            int port,
            int busPort,
            BusTls busTls,
            String secretFile,
            String service,
            int backups,
            int expectedSize,
            int partitions,
            Duration joinTimeout,
            Duration recoveryTimeout,
            Duration tombstoneRetention,
            int sizeMax,
            Duration shrinkAfter) {
        public Cluster {
            members = List.copyOf(members);
        }

        /** The same with the port for messages between nodes that the system chose. */
        public Cluster withBusPort(int bound) {
            return new Cluster(
                    mode,
                    name,
                    members,
                    host,
                    port,
                    bound,
                    busTls,
                    secretFile,
                    service,
                    backups,
                    expectedSize,
                    partitions,
                    joinTimeout,
                    recoveryTimeout,
                    tombstoneRetention,
                    sizeMax,
                    shrinkAfter);
        }
    }

    /**
     * How messages are dealt out to the members of a shared subscription.
     *
     * @param preferLocal whether connected members on the publisher's node come before those on other nodes
     */
    public record SharedSubscriptions(ShareStrategy strategy, boolean preferLocal) {}

    /** Which member of a shared subscription is given a message. */
    public enum ShareStrategy {
        /** Each in turn. */
        ROUND_ROBIN,
        /** Any. */
        RANDOM,
        /** The one with the fewest messages in flight. */
        LEAST_INFLIGHT,
        /** The same one until it leaves. */
        STICKY,
        /** One chosen by the publisher's client identifier. */
        HASH_CLIENT,
        /** One chosen by the topic. */
        HASH_TOPIC
    }

    /**
     * What operators may follow.
     *
     * @param tracesMax at a time, those included that have ended and are kept
     * @param lifeMax of one
     * @param eventsMax kept of one on each node
     */
    public record Trace(int tracesMax, Duration lifeMax, int eventsMax) {}

    /**
     * Spans of messages, for a collector of OpenTelemetry.
     *
     * @param url empty for none
     * @param headersFile what requests say beside, such as a token; empty for nothing
     * @param sample of so many messages one; 0 for none but those whose publishers want it
     * @param queueMax spans that wait
     */
    public record Telemetry(String url, String headersFile, int sample, int queueMax) {}

    /**
     * The {@code $SYS} topics.
     *
     * @param interval between two publications, zero for none at all
     */
    public record Sys(Duration interval) {}

    /**
     * Choices that the standard leaves to a server.
     *
     * @param payloadFormatCheck whether a payload that says it is UTF-8 is checked to be (MQTT 5, 3.3.2.3.2)
     * @param serverReference where clients of MQTT 5 go that are sent elsewhere (4.11); empty where they are not told
     */
    public record Mqtt(boolean payloadFormatCheck, String serverReference) {}

    /** What a queue does with one message more than it holds. */
    public enum QueueOverflow {
        /** The new message is dropped. */
        DROP_NEWEST,
        /** The oldest waiting message makes room. */
        DROP_OLDEST,
        /** The publisher is refused with 0x97, Quota exceeded. */
        REJECT
    }

    /**
     * A limit on everything, for this node.
     *
     * @param packetSizeMax bytes
     * @param packetSizeBeforeConnectMax bytes of a connection's first packet, at most {@code packetSizeMax}
     * @param connectTimeout from accepting a connection to its CONNECT
     * @param tlsHandshakeTimeout from accepting a connection to the end of its TLS handshake
     * @param authenticationTimeout for an exchange of enhanced authentication
     * @param clientIdLengthMax bytes
     * @param topicLengthMax bytes
     * @param userPropertiesMax in one packet
     * @param propertiesBytesMax bytes in one packet
     * @param receiveMaximum messages of QoS 1 and 2 from one client that are not yet acknowledged, 1 to 65,535
     * @param inFlightMax messages of QoS 1 and 2 to one client that are not yet acknowledged, 1 to 65,535
     * @param queueMessagesMax messages that wait for one client
     * @param queueBytesMax bytes that wait for one client
     * @param queueMemoryBytesMax of these, bytes that are held in memory where the rest can be read from the journal
     * @param queuesMemoryBytesMax bytes that wait for all clients together and are in memory
     * @param sessionExpiryMax seconds, 4,294,967,295 for never (MQTT 5, 3.1.2.11.2)
     * @param connectRateMax a second, 0 for no limit
     * @param diskFreeMin bytes that are left free where {@link Node#data} is; 0 for none
     * @param journalBacklogBytesMax bytes that wait to be written there
     * @param drainRateMax connections ended a second when the node stops, 0 for no limit
     * @param drainTimeMax in which a node that stops has sent all its clients away, whatever the rate
     * @param drainSettleTime for which each client that is sent away is waited for to acknowledge what is in flight
     * @param publishRateMax a second and client, 0 for no limit
     * @param keepAliveMax seconds, 1 to 65,535
     * @param topicAliasMax highest alias that a client may use, 0 to 65,535
     * @param topicAliasOutMax most aliases used towards one client, 0 to 65,535
     * @param outputBufferBytesMax bytes not yet written to one client above which its QoS 0 messages are dropped
     * @param sendTimeout for which a client may take nothing of what it is sent while more waits, zero for ever
     * @param loopBacklogMax messages on the way from one event loop to another
     * @param forwardBacklogMax messages from one event loop to one of another node that have not been confirmed
     * @param retainedTombstonesMax cleared topics that a node of a cluster remembers
     * @param heapPercentMax in use after collections from which on nobody is let in, 0 for no limit
     * @param loopLagMax by which event loops are late again and again from which on nobody is let in, zero for no limit
     * @param connectRatePerAddressMax CONNECTs a second of one address, 0 for no limit
     * @param doorEntriesMax addresses, users and client identifiers that are remembered for bans and rates, of each kind
     * @param passwordChecksWaitingMax clients whose password is to be checked, besides those at which that is under way
     * @param admin of the admin port and the monitoring port
     */
    public record Limits(
            int packetSizeMax,
            int packetSizeBeforeConnectMax,
            Duration connectTimeout,
            Duration tlsHandshakeTimeout,
            Duration authenticationTimeout,
            int clientIdLengthMax,
            int topicLengthMax,
            int topicLevelsMax,
            int subscriptionsPerClientMax,
            int userPropertiesMax,
            int propertiesBytesMax,
            int receiveMaximum,
            int inFlightMax,
            int queueMessagesMax,
            long queueBytesMax,
            long queueMemoryBytesMax,
            long queuesMemoryBytesMax,
            QueueOverflow queueOverflow,
            long sessionExpiryMax,
            long sessionsMax,
            long retainedMessagesMax,
            long retainedBytesMax,
            int connectionsMax,
            int connectRateMax,
            long diskFreeMin,
            long journalBacklogBytesMax,
            int drainRateMax,
            Duration drainTimeMax,
            Duration drainSettleTime,
            int publishRateMax,
            int keepAliveMax,
            int topicAliasMax,
            int topicAliasOutMax,
            int outputBufferBytesMax,
            Duration sendTimeout,
            int loopBacklogMax,
            int forwardBacklogMax,
            int retainedTombstonesMax,
            int heapPercentMax,
            Duration loopLagMax,
            int connectRatePerAddressMax,
            int doorEntriesMax,
            int passwordChecksWaitingMax,
            AdminLimits admin) {}

    /**
     * Limits of HTTP.
     *
     * @param connectionsMax of the admin port, and as many of the monitoring port
     * @param bodyBytesMax of one request, but for imports
     * @param wrongTriesMax wrong passwords and tokens of one address before it has to wait
     */
    public record AdminLimits(int connectionsMax, long bodyBytesMax, int wrongTriesMax) {}
}
