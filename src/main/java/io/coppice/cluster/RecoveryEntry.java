package io.coppice.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.coppice.port.Archive.Crew;
import io.coppice.port.NodeId;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;

/** How far a node has come with bringing what it has on its disk, and whom it has been together with. */
final class RecoveryEntry implements IdentifiedDataSerializable {
    private static final int FORMAT = 1;

    /** In this order. */
    enum Phase {
        BRINGING,
        /** All that it has is with the cluster. */
        BROUGHT,
        /** It lets clients in: whoever comes now comes to a cluster that is at work. */
        SERVING
    }

    private NodeId node = new NodeId("", 0);
    private Phase phase = Phase.BRINGING;
    private Crew crew = Crew.NOBODY;

    RecoveryEntry() {}

    RecoveryEntry(NodeId node, Phase phase, Crew crew) {
        this.node = node;
        this.phase = phase;
        this.crew = crew;
    }

    NodeId node() {
        return node;
    }

    Phase phase() {
        return phase;
    }

    Crew crew() {
        return crew;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(FORMAT);
        Wire.writeNode(node, out);
        out.writeByte(phase.ordinal());
        out.writeLong(crew.since());
        out.writeInt(crew.names().size());
        for (String name : crew.names()) {
            out.writeString(name);
        }
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        Wire.format(FORMAT, in, "state of recovery");
        node = Wire.readNode(in);
        int number = in.readByte();
        if (number < 0 || number >= Phase.values().length) {
            throw new IOException("nothing is known of phase " + number + " of a recovery");
        }
        phase = Phase.values()[number];
        long since = in.readLong();
        Set<String> names = new LinkedHashSet<>();
        for (int left = in.readInt(); left > 0; left--) {
            names.add(Wire.text(in));
        }
        crew = new Crew(since, names);
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.RECOVERY_ENTRY;
    }
}
