package io.coppice.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.coppice.port.RouteSummary;
import java.io.IOException;

/** What a node has written of its routes. */
final class RouteEntry implements IdentifiedDataSerializable, Versioned {
    private static final int FORMAT = 1;

    private RouteSummary summary = new RouteSummary(0, 0, 0, 0);

    RouteEntry() {}

    RouteEntry(RouteSummary summary) {
        this.summary = summary;
    }

    RouteSummary summary() {
        return summary;
    }

    @Override
    public long epoch() {
        return 0;
    }

    @Override
    public long version() {
        return summary.version();
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(FORMAT);
        out.writeLong(summary.version());
        out.writeLong(summary.digest());
        out.writeLong(summary.count());
        out.writeLong(summary.at());
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        Wire.format(FORMAT, in, "summary of routes");
        summary = new RouteSummary(in.readLong(), in.readLong(), in.readLong(), in.readLong());
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.ROUTE_ENTRY;
    }
}
