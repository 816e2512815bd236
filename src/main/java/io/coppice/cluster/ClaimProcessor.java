package io.coppice.cluster;

import static java.util.Objects.requireNonNull;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.coppice.codec.WillCodec;
import io.coppice.port.Home;
import io.coppice.port.NodeId;
import io.coppice.port.SessionRegistry.Claimant;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a shard the home with the next epoch, unless the session is somebody else's; answers with the entry that this left, with
 * one without a home where the session is somebody else's, or with null where the claim was refused for another reason.
 */
final class ClaimProcessor extends OnMember
        implements EntryProcessor<String, HomeEntry, @Nullable HomeEntry>,
                IdentifiedDataSerializable,
                CallLane.Weighty {
    private @Nullable NodeId node;
    private int shard;
    private long now;
    private long claim;
    private @Nullable Home expected;
    private @Nullable String user;
    private boolean fromAnyone;
    private byte @Nullable [] will;
    private boolean onlyIfMade;
    private boolean onlyIfVacant;

    // Where it ran.
    private @Nullable HomeEntry made;

    ClaimProcessor() {}

    /**
     * A claim of a client.
     *
     * @param now milliseconds since 1970, below which no epoch is
     * @param claim the same where the claim is made again because its answer was lost
     */
    ClaimProcessor(NodeId node, int shard, long now, long claim, Claimant claimant) {
        this.node = node;
        this.shard = shard;
        this.now = now;
        this.claim = claim;
        this.user = claimant.user();
        this.fromAnyone = claimant.fromAnyone();
        this.will = claimant.will() == null ? null : WillCodec.encode(claimant.will());
    }

    /** The same claim, which is made where this home is still there; whose it is, and its will, stay. */
    ClaimProcessor onlyFrom(Home home) {
        expected = home;
        return this;
    }

    /** The same claim, which is not made where there is a home. */
    ClaimProcessor onlyIfVacant() {
        onlyIfVacant = true;
        return this;
    }

    /** Another one, which asks for the same claim and does not make it now if it was not made before. */
    ClaimProcessor onlyIfMade() {
        ClaimProcessor question = new ClaimProcessor();
        question.node = node;
        question.shard = shard;
        question.now = now;
        question.claim = claim;
        question.onlyIfMade = true;
        return question;
    }

    @Override
    public int weight() {
        return (will == null ? 0 : will.length) + (user == null ? 0 : user.length());
    }

    @Override
    public @Nullable HomeEntry process(Map.Entry<String, HomeEntry> entry) {
        HomeEntry present = entry.getValue();
        NodeId claimant = requireNonNull(node);
        Home home = present == null ? null : present.home();
        if (present != null && present.isClaim(claimant, claim)) {
            made = present;
        } else if (onlyIfMade || onlyIfVacant && home != null || expected != null && !expected.equals(home)) {
            made = null;
            return null;
        } else if (present != null && home != null && expected == null && !mayTake(present)) {
            made = null;
            return HomeEntry.tombstone(present.epoch()); // it tells nobody whose it is
        } else {
            long epoch = present == null ? now : Math.max(present.epoch() + 1, now);
            made = new HomeEntry(new Home(claimant, shard, epoch), claim, home);
            if (expected != null && present != null) {
                made.succeeding(present);
            } else {
                made.keeping(will, epoch).ownedBy(user == null ? null : names().same(user));
            }
        }
        Wire.set(entry, made, 0);
        return made;
    }

    private boolean mayTake(HomeEntry present) {
        return new Claimant(user, fromAnyone, null).mayTake(present.owner());
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
        out.writeString(user);
        out.writeBoolean(fromAnyone);
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
        user = in.readString();
        fromAnyone = in.readBoolean();
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
