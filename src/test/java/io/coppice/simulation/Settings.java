package io.coppice.simulation;

import io.coppice.broker.BrokerSettings;
import io.coppice.broker.ClusterSettings;
import io.coppice.broker.DoorSettings;
import io.coppice.broker.DrainSettings;
import io.coppice.broker.OverloadSettings;
import io.coppice.broker.Ownership;
import io.coppice.port.NodeId;
import io.coppice.session.Overflow;
import io.coppice.session.SessionLimits;
import io.coppice.topic.ShareStrategy;
import java.util.HashMap;
import java.util.Map;

/** The settings of a broker under test: roomy, until a test says otherwise. */
public final class Settings {
    public int inFlightMax = 100;
    public int queueMessagesMax = 10_000;
    public long queueBytesMax = 100_000_000;
    public long queueMemoryMax = Long.MAX_VALUE;
    public Overflow overflow = Overflow.DROP_NEWEST;
    public int subscriptionsMax = 100;
    public int receiveMaximum = 100;
    public int topicAliasMax = 16;
    public int topicAliasOutMax = 16;
    public long sessionExpiryMax = 0xFFFF_FFFFL;
    public long sessionsMax = 100_000;
    public long retainedMessagesMax = 1_000_000;
    public long retainedBytesMax = 1_000_000_000;
    public long connectionsMax = 100_000;
    public int connectRateMax;
    public int drainRateMax;
    public long drainMillisMax = 15_000;
    public long drainSettleMillis = 500;
    public String serverReference = "";
    public int publishRateMax;
    public int keepAliveMax = 65_535;
    public int packetSizeMax = 1_000_000;
    public int topicLengthMax = 65_535;
    public int topicLevelsMax = 128;
    public int loopBacklogMax = 100_000;
    public ShareStrategy shareStrategy = ShareStrategy.ROUND_ROBIN;
    public boolean sharePreferLocal;
    public boolean payloadFormatCheck;
    public boolean checkSource = true;
    public DoorSettings door = new DoorSettings(0, 0, 0, 60_000, 300_000, 0, 60_000, 300_000, 10_000, 1_000);
    public long queuesMemoryMax = Long.MAX_VALUE;
    public OverloadSettings overload = OverloadSettings.NONE;
    /** By how many milliseconds the clocks of nodes are ahead, by name; those of others are right. */
    public final Map<String, Long> clocksAhead = new HashMap<>();

    public Ownership ownership = Ownership.USER;
    public ClusterSettings cluster = ClusterSettings.ALONE;

    /** Milliseconds. */
    static final long LEASE = 1500;

    static final long ANNOUNCE = 5000;

    /** Those of a node among three, which has little patience. */
    public static Settings ofThreeNodes() {
        Settings settings = new Settings();
        settings.cluster = new ClusterSettings(3, LEASE, 300, 200, 5000, ANNOUNCE, 10_000, 60_000, 1000);
        return settings;
    }

    BrokerSettings build(NodeId node) {
        return new BrokerSettings(
                node,
                new SessionLimits(
                        inFlightMax,
                        queueMessagesMax,
                        queueBytesMax,
                        queueMemoryMax,
                        overflow,
                        subscriptionsMax,
                        receiveMaximum,
                        topicAliasMax,
                        topicAliasOutMax),
                queuesMemoryMax,
                sessionExpiryMax,
                sessionsMax,
                retainedMessagesMax,
                retainedBytesMax,
                connectionsMax,
                connectRateMax,
                publishRateMax,
                keepAliveMax,
                packetSizeMax,
                topicLengthMax,
                topicLevelsMax,
                loopBacklogMax,
                shareStrategy,
                sharePreferLocal,
                payloadFormatCheck,
                new DrainSettings(drainRateMax, drainMillisMax, drainSettleMillis, serverReference),
                checkSource,
                door,
                overload,
                ownership,
                cluster);
    }
}
