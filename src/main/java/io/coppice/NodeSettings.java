package io.coppice;

import io.coppice.broker.BrokerSettings;
import io.coppice.broker.ClusterSettings;
import io.coppice.broker.DoorSettings;
import io.coppice.broker.DrainSettings;
import io.coppice.broker.OverloadSettings;
import io.coppice.broker.Ownership;
import io.coppice.codec.DecoderLimits;
import io.coppice.config.CoppiceConfig;
import io.coppice.config.CoppiceConfig.ClusterMode;
import io.coppice.config.CoppiceConfig.Durability;
import io.coppice.config.CoppiceConfig.DurabilitySync;
import io.coppice.config.CoppiceConfig.Limits;
import io.coppice.observe.TraceDesk;
import io.coppice.port.NodeId;
import io.coppice.session.Overflow;
import io.coppice.session.SessionLimits;
import io.coppice.storage.JournalStores;
import io.coppice.topic.ShareStrategy;
import io.coppice.transport.ListenerSpec;
import io.coppice.transport.ServerTls;
import io.coppice.transport.TlsFault;
import io.coppice.transport.TransportLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the configuration means to each part of a node, in the part's own words. */
final class NodeSettings {
    private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

    // Longer than a pause of the collector or a busy loop takes, and short enough to be waited for when a node has
    // died.
    private static final long LEASE_MILLIS = 2_000;
    private static final long PING_MILLIS = 400;
    /** The bus loses something only when a connection breaks. */
    private static final long RESEND_MILLIS = 500;

    private static final long DIGEST_MILLIS = 5_000;
    /** Longer than a node that says nothing takes to be given up. */
    private static final long ANNOUNCE_MILLIS_MAX = 20_000;

    /** Far longer than a node may be silent without being given up. */
    private static final long TOMBSTONE_MILLIS = 600_000;

    private NodeSettings() {}

    static BrokerSettings broker(CoppiceConfig config, NodeId id) {
        Limits limits = config.limits();
        return new BrokerSettings(
                id,
                session(config),
                limits.queuesMemoryBytesMax(),
                limits.sessionExpiryMax(),
                limits.sessionsMax(),
                limits.retainedMessagesMax(),
                limits.retainedBytesMax(),
                limits.connectionsMax(),
                limits.connectRateMax(),
                limits.publishRateMax(),
                limits.keepAliveMax(),
                limits.packetSizeMax(),
                limits.topicLengthMax(),
                limits.topicLevelsMax(),
                limits.loopBacklogMax(),
                strategy(config.sharedSubscriptions().strategy()),
                config.sharedSubscriptions().preferLocal(),
                config.mqtt().payloadFormatCheck(),
                new DrainSettings(
                        limits.drainRateMax(),
                        limits.drainTimeMax().toMillis(),
                        limits.drainSettleTime().toMillis(),
                        config.mqtt().serverReference()),
                config.security().checkSource(),
                door(config),
                new OverloadSettings(
                        limits.heapPercentMax(), limits.loopLagMax().toMillis()),
                ownership(config.security()),
                cluster(config));
    }

    private static Ownership ownership(CoppiceConfig.Security security) {
        if (!security.knowsUsers()) {
            return Ownership.NOBODY;
        }
        return security.clientIdSharedByUsers() ? Ownership.LAST_USER : Ownership.USER;
    }

    private static DoorSettings door(CoppiceConfig config) {
        CoppiceConfig.Ban ban = config.security().ban();
        CoppiceConfig.Flapping flapping = config.security().flapping();
        return new DoorSettings(
                config.limits().connectRatePerAddressMax(),
                ban.failures(),
                ban.addressFailures(),
                ban.window().toMillis(),
                ban.time().toMillis(),
                flapping.connects(),
                flapping.window().toMillis(),
                flapping.time().toMillis(),
                config.limits().authenticationTimeout().toMillis(),
                config.limits().doorEntriesMax());
    }

    static JournalStores.Settings journal(CoppiceConfig config) {
        return new JournalStores.Settings(
                Path.of(config.node().data()),
                config.durabilitySync() == DurabilitySync.FSYNC,
                config.limits().diskFreeMin(),
                config.limits().journalBacklogBytesMax(),
                queueMemoryMax(config));
    }

    private static ClusterSettings cluster(CoppiceConfig config) {
        if (config.cluster().mode() == ClusterMode.SINGLE) {
            return ClusterSettings.ALONE;
        }
        return new ClusterSettings(
                config.cluster().expectedSize(),
                LEASE_MILLIS,
                PING_MILLIS,
                RESEND_MILLIS,
                DIGEST_MILLIS,
                ANNOUNCE_MILLIS_MAX,
                config.limits().forwardBacklogMax(),
                TOMBSTONE_MILLIS,
                config.limits().retainedTombstonesMax());
    }

    private static SessionLimits session(CoppiceConfig config) {
        Limits limits = config.limits();
        return new SessionLimits(
                limits.inFlightMax(),
                limits.queueMessagesMax(),
                limits.queueBytesMax(),
                queueMemoryMax(config),
                overflow(limits.queueOverflow()),
                limits.subscriptionsPerClientMax(),
                limits.receiveMaximum(),
                limits.topicAliasMax(),
                limits.topicAliasOutMax());
    }

    /** Bytes of a queue that are held in memory, which is everything where there is no journal of it. */
    static long queueMemoryMax(CoppiceConfig config) {
        return config.durability() == Durability.DISK ? config.limits().queueMemoryBytesMax() : Long.MAX_VALUE;
    }

    private static Overflow overflow(CoppiceConfig.QueueOverflow wanted) {
        return switch (wanted) {
            case DROP_NEWEST -> Overflow.DROP_NEWEST;
            case DROP_OLDEST -> Overflow.DROP_OLDEST;
            case REJECT -> Overflow.REJECT;
        };
    }

    private static ShareStrategy strategy(CoppiceConfig.ShareStrategy wanted) {
        return switch (wanted) {
            case ROUND_ROBIN -> ShareStrategy.ROUND_ROBIN;
            case RANDOM -> ShareStrategy.RANDOM;
            case LEAST_INFLIGHT -> ShareStrategy.LEAST_INFLIGHT;
            case STICKY -> ShareStrategy.STICKY;
            case HASH_CLIENT -> ShareStrategy.HASH_CLIENT;
            case HASH_TOPIC -> ShareStrategy.HASH_TOPIC;
        };
    }

    static TraceDesk.Limits traces(CoppiceConfig config) {
        CoppiceConfig.Trace trace = config.trace();
        return new TraceDesk.Limits(trace.tracesMax(), trace.lifeMax(), trace.eventsMax());
    }

    static TransportLimits transport(Limits limits) {
        return new TransportLimits(
                decoding(limits),
                limits.connectTimeout().toMillis(),
                limits.tlsHandshakeTimeout().toMillis(),
                CLOSE_TIMEOUT_MILLIS,
                limits.outputBufferBytesMax(),
                limits.sendTimeout().toMillis());
    }

    static DecoderLimits decoding(Limits limits) {
        return new DecoderLimits(
                limits.packetSizeBeforeConnectMax(),
                limits.packetSizeMax(),
                limits.topicLengthMax(),
                limits.topicLevelsMax(),
                limits.userPropertiesMax(),
                limits.propertiesBytesMax(),
                limits.clientIdLengthMax());
    }

    /** @throws TlsFault if a file that one of them needs is not as it must be */
    static List<ListenerSpec> listeners(CoppiceConfig.Listeners listeners) throws TlsFault {
        List<ListenerSpec> specs = new ArrayList<>();
        tcp(specs, "mqtt", listeners.mqtt());
        tcp(specs, "mqtts", listeners.mqtts());
        webSocket(specs, "ws", listeners.ws());
        webSocket(specs, "wss", listeners.wss());
        return specs;
    }

    private static void tcp(List<ListenerSpec> specs, String name, CoppiceConfig.Listener listener) throws TlsFault {
        if (listener.enabled()) {
            ListenerSpec spec = ListenerSpec.tcp(name, listener.host(), listener.port())
                    .withProxyProtocol(listener.proxyProtocol(), listener.proxyNetworks());
            specs.add(secured(spec, listener.tls()));
        }
    }

    private static void webSocket(List<ListenerSpec> specs, String name, CoppiceConfig.WebSocketListener listener)
            throws TlsFault {
        if (listener.enabled()) {
            ListenerSpec spec = ListenerSpec.webSocket(name, listener.host(), listener.port(), listener.path())
                    .withOrigins(listener.origins())
                    .withProxyProtocol(listener.proxyProtocol(), listener.proxyNetworks());
            specs.add(secured(spec, listener.tls()));
        }
    }

    private static ListenerSpec secured(ListenerSpec spec, CoppiceConfig.Tls tls) throws TlsFault {
        return tls.enabled() ? spec.withTls(ServerTls.load(spec.name(), tls)) : spec;
    }
}
