package io.coppice.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.query.Predicate;
import io.coppice.port.Home;
import io.coppice.port.NodeId;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Matches the homes that are on none of some nodes. It runs where the homes are kept. */
final class HomeElsewhere implements Predicate<String, HomeEntry>, IdentifiedDataSerializable {
    private static final long serialVersionUID = 1L;

    private transient Set<NodeId> nodes = Set.of();

    HomeElsewhere() {}

    HomeElsewhere(Set<NodeId> nodes) {
        this.nodes = Set.copyOf(nodes);
    }

    @Override
    public boolean apply(Map.Entry<String, HomeEntry> entry) {
        Home home = entry.getValue().home();
        return home != null && !nodes.contains(home.node());
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeInt(nodes.size());
        for (NodeId node : nodes) {
            Wire.writeNode(node, out);
        }
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        Set<NodeId> read = new HashSet<>();
        for (int left = in.readInt(); left > 0; left--) {
            read.add(Wire.readNode(in));
        }
        nodes = read;
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.HOME_ELSEWHERE;
    }
}
