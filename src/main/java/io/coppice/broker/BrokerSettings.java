package io.coppice.broker;

import io.coppice.port.NodeId;
import io.coppice.session.SessionLimits;
import io.coppice.topic.ShareStrategy;

/**
 * How a broker behaves and what it holds at most; every limit is a key of the configuration.
 *
 * @param queuesMemoryMax weight in bytes of what waits for all clients and is in memory
 * @param sessionExpiryMax seconds, 4,294,967,295 for never: a client's wish is cut to it, and 3.1.1 sessions get it
 * @param connectRateMax CONNECTs a second on this node, 0 for no limit
 * @param publishRateMax PUBLISHes a second of one client, 0 for no limit; a client above it is read more slowly
 * @param keepAliveMax seconds, 1 to 65,535; a client that asks more, or none, is held to it; a v5 client is told by Server Keep Alive
 * @param packetSizeMax bytes; announced as Maximum Packet Size
 * @param topicLengthMax bytes of a topic filter
 * @param loopBacklogMax messages on the way from one loop to another
 * @param sharePreferLocal whether a message of a shared subscription goes to a connected member on this node if there is one
 * @param payloadFormatCheck whether a payload that says it is UTF-8 is checked to be
 * @param checkSource whether what is stored is judged by its publisher's rights when it is sent on
 * @param ownership to whom sessions belong
 */
public record BrokerSettings(
        NodeId node,
        SessionLimits session,
        long queuesMemoryMax,
        long sessionExpiryMax,
        long sessionsMax,
        long retainedMessagesMax,
        long retainedBytesMax,
        long connectionsMax,
        int connectRateMax,
        int publishRateMax,
        int keepAliveMax,
        int packetSizeMax,
        int topicLengthMax,
        int topicLevelsMax,
        int loopBacklogMax,
        ShareStrategy shareStrategy,
        boolean sharePreferLocal,
        boolean payloadFormatCheck,
        DrainSettings drain,
        boolean checkSource,
        DoorSettings door,
        OverloadSettings overload,
        Ownership ownership,
        ClusterSettings cluster) {}
