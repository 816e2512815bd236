package io.coppice.cluster;

import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import io.coppice.port.Home;
import io.coppice.port.NodeId;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Values that several types of the wire are made of. */
final class Wire {
    private Wire() {}

    static void writeNode(NodeId node, ObjectDataOutput out) throws IOException {
        out.writeString(node.name());
        out.writeLong(node.life());
    }

    static NodeId readNode(ObjectDataInput in) throws IOException {
        return new NodeId(text(in), in.readLong());
    }

    static void writeHome(@Nullable Home home, ObjectDataOutput out) throws IOException {
        out.writeBoolean(home != null);
        if (home != null) {
            writeNode(home.node(), out);
            out.writeInt(home.shard());
            out.writeLong(home.epoch());
        }
    }

    static @Nullable Home readHome(ObjectDataInput in) throws IOException {
        return in.readBoolean() ? new Home(readNode(in), in.readInt(), in.readLong()) : null;
    }

    static byte[] bytes(ObjectDataInput in) throws IOException {
        byte @Nullable [] bytes = in.readByteArray();
        return bytes == null ? new byte[0] : bytes;
    }

    static String text(ObjectDataInput in) throws IOException {
        return Objects.requireNonNullElse(in.readString(), "");
    }

    /**
     * Reads the format that stands before a value.
     *
     * @throws IOException where it is another one than this release writes
     */
    static void format(int known, ObjectDataInput in, String what) throws IOException {
        int format = in.readByte();
        if (format != known) {
            throw new IOException("a " + what + " has format " + format + "; this release reads " + known);
        }
    }

    /** Sets the value of an entry, for good or for some milliseconds; 0 means for good. */
    static <V> void set(Map.Entry<String, V> entry, V value, long millis) {
        ((ExtendedMapEntry<String, V>) entry).setValue(value, millis, TimeUnit.MILLISECONDS);
    }
}
