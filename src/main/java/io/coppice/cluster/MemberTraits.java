package io.coppice.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.MemberAttributeConfig;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.port.NodeId;
import io.coppice.port.View;
import io.coppice.port.WireVersions;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a member says of itself to the others: the attributes of a Hazelcast member. */
record MemberTraits(NodeId id, int shards, WireVersions wire, int expectedSize, int sizeMax, int busPort) {
    private static final String NAME = "coppice.node";
    private static final String LIFE = "coppice.life";
    private static final String SHARDS = "coppice.shards";
    /** The version that it wrote when it started; the only one that it reads where it says nothing of others. */
    private static final String WIRE_VERSION = "coppice.wire-version";

    private static final String WIRE_OLDEST = "coppice.wire-oldest";
    private static final String WIRE_NEWEST = "coppice.wire-newest";
    private static final String EXPECTED_SIZE = "coppice.expected-size";
    private static final String SIZE_MAX = "coppice.size-max";
    private static final String BUS_PORT = "coppice.bus-port";
    /** Where vertx-hazelcast looks for the name that the event bus has for a node. */
    private static final String VERTX_NODE = "__vertx.nodeId";

    /** @param written the version that it writes at its start */
    static MemberAttributeConfig attributes(MemberSettings settings, int written) {
        Cluster cluster = settings.cluster();
        return new MemberAttributeConfig()
                .setAttribute(NAME, settings.id().name())
                .setAttribute(LIFE, Long.toHexString(settings.id().life()))
                .setAttribute(SHARDS, Integer.toString(settings.shards()))
                .setAttribute(WIRE_VERSION, Integer.toString(written))
                .setAttribute(WIRE_OLDEST, Integer.toString(settings.wire().oldest()))
                .setAttribute(WIRE_NEWEST, Integer.toString(settings.wire().newest()))
                .setAttribute(EXPECTED_SIZE, Integer.toString(cluster.expectedSize()))
                .setAttribute(SIZE_MAX, Integer.toString(cluster.sizeMax()))
                .setAttribute(BUS_PORT, Integer.toString(cluster.busPort()))
                .setAttribute(VERTX_NODE, settings.id().toString());
    }

    /** What a member says; null where it is none of ours. */
    static @Nullable MemberTraits of(Member member) {
        Map<String, String> attributes = member.getAttributes();
        String name = attributes.get(NAME);
        if (name == null) {
            return null;
        }
        try {
            return new MemberTraits(
                    new NodeId(name, Long.parseUnsignedLong(attributes.getOrDefault(LIFE, ""), 16)),
                    number(attributes, SHARDS),
                    wire(attributes),
                    number(attributes, EXPECTED_SIZE),
                    Integer.parseInt(attributes.getOrDefault(SIZE_MAX, "0")),
                    number(attributes, BUS_PORT));
        } catch (IllegalArgumentException strange) {
            return null;
        }
    }

    private static WireVersions wire(Map<String, String> attributes) {
        int spoken = number(attributes, WIRE_VERSION);
        boolean told = attributes.containsKey(WIRE_OLDEST) && attributes.containsKey(WIRE_NEWEST);
        return told
                ? new WireVersions(number(attributes, WIRE_OLDEST), spoken, number(attributes, WIRE_NEWEST))
                : new WireVersions(spoken, spoken, spoken);
    }

    private static int number(Map<String, String> attributes, String key) {
        return Integer.parseInt(attributes.getOrDefault(key, ""));
    }

    View.Member member() {
        return new View.Member(id, shards);
    }
}
