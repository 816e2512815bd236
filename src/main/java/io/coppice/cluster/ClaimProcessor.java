package io.coppice.cluster;

import static java.util.Objects.requireNonNull;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.coppice.port.Home;
import io.coppice.port.NodeId;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a shard the home with the next epoch; answers with the entry that this left, or null where it was refused. */
final class ClaimProcessor
        implements EntryProcessor<String, HomeEntry, @Nullable HomeEntry>,
                IdentifiedDataSerializable,
                CallLane.Weighty {
    private @Nullable NodeId node;
    private int shard;
    private long now;
    private long claim;
    private @Nullable Home expected;
    private byte @Nullable [] will;
    private boolean onlyIfMade;
    private boolean onlyIfVacant;

    // Where it ran.
    private @Nullable HomeEntry made;

    ClaimProcessor() {}

    /**
     * @param now milliseconds since 1970, below which no epoch is
     * @param claim the same where the claim is made again because its answer was lost
     * @param expected the home that must be there still and whose will stays kept, or null for any
     * @param will to be kept; null for none
     */
    ClaimProcessor(NodeId node, int shard, long now, long claim, @Nullable Home expected, byte @Nullable [] will) {
        this.node = node;
        this.shard = shard;
        this.now = now;
        this.claim = claim;
        this.expected = expected;
        this.will = will;
    }

    /** The same claim, which is not made now if it was not before. */
    ClaimProcessor onlyIfMade() {
        ClaimProcessor question = new ClaimProcessor(requireNonNull(node), shard, now, claim, expected, will);
        question.onlyIfMade = true;
        return question;
    }

    /** The same claim, which is not made where there is a home. */
    ClaimProcessor onlyIfVacant() {
        ClaimProcessor modest = new ClaimProcessor(requireNonNull(node), shard, now, claim, expected, will);
        modest.onlyIfVacant = true;
        return modest;
    }

    @Override
    public int weight() {
        return will == null ? 0 : will.length;
    }

    @Override
    public @Nullable HomeEntry process(Map.Entry<String, HomeEntry> entry) {
        HomeEntry present = entry.getValue();
        NodeId claimant = requireNonNull(node);
        if (present != null && present.isClaim(claimant, claim)) {
            made = present;
        } else if (onlyIfMade
                || onlyIfVacant && present != null && present.home() != null
                || expected != null && (present == null || !expected.equals(present.home()))) {
            made = null;
            return null;
        } else {
            long epoch = present == null ? now : Math.max(present.epoch() + 1, now);
            made = new HomeEntry(new Home(claimant, shard, epoch), claim, present == null ? null : present.home());
            if (expected != null && present != null) {
                made.keepingThatOf(present);
            } else {
                made.keeping(will, epoch);
            }
        }
        Wire.set(entry, made, 0);
        return made;
    }

    /** What came out, not the claim: a copy that missed something must not come to another result. */
    @Override
    public @Nullable EntryProcessor<String, HomeEntry, @Nullable HomeEntry> getBackupProcessor() {
        return made == null ? null : new PutHomeProcessor(made, 0);
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        Wire.writeNode(requireNonNull(node), out);
        out.writeInt(shard);
        out.writeLong(now);
        out.writeLong(claim);
        Wire.writeHome(expected, out);
        out.writeByteArray(will);
        out.writeBoolean(onlyIfMade);
        out.writeBoolean(onlyIfVacant);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        node = Wire.readNode(in);
        shard = in.readInt();
        now = in.readLong();
        claim = in.readLong();
        expected = Wire.readHome(in);
        will = in.readByteArray();
        onlyIfMade = in.readBoolean();
        onlyIfVacant = in.readBoolean();
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.CLAIM;
    }
}
