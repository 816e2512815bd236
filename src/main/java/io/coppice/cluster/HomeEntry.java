package io.coppice.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.coppice.port.Home;
import io.coppice.port.NodeId;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What the registry holds of a client identifier: the home, or a tombstone with the epoch of the last one. It remembers
 * the claim that made it and what was there before, so that the same claim, made again, gets the same answer. With the
 * home it keeps the user whose session it is, and the will of a client whose session ends with its connection, for whoever
 * finds that its node has gone.
 */
final class HomeEntry implements IdentifiedDataSerializable, Versioned {
    private static final int FORMAT = 3;

    private long epoch;
    private long claim;
    private @Nullable Home home;
    private @Nullable Home former;
    private byte @Nullable [] will;
    private long willEpoch;
    private @Nullable String owner;

    HomeEntry() {}

    /**
     * A home without a will.
     *
     * @param claim numbers the claims of one node
     */
    HomeEntry(Home home, long claim, @Nullable Home former) {
        this.epoch = home.epoch();
        this.claim = claim;
        this.home = home;
        this.former = former;
    }

    /** With a will that the claim with an epoch has left; null for none. */
    HomeEntry keeping(byte @Nullable [] kept, long ofEpoch) {
        will = kept;
        willEpoch = kept == null ? 0 : ofEpoch;
        return this;
    }

    /** Of a session that is a user's; null where it is nobody's. */
    HomeEntry ownedBy(@Nullable String user) {
        owner = user;
        return this;
    }

    /** With the will that another entry keeps, and its owner. */
    HomeEntry succeeding(HomeEntry other) {
        return keeping(other.will, other.willEpoch).ownedBy(other.owner);
    }

    static HomeEntry tombstone(long epoch) {
        HomeEntry tombstone = new HomeEntry();
        tombstone.epoch = epoch;
        return tombstone;
    }

    /** Null for a tombstone. */
    @Nullable
    Home home() {
        return home;
    }

    /** The home before this one. */
    @Nullable
    Home former() {
        return former;
    }

    /** As {@code WillCodec} writes it; null where none is kept. */
    byte @Nullable [] will() {
        return will;
    }

    /** Of the claim that left the will. */
    long willEpoch() {
        return willEpoch;
    }

    /** The user whose session it is; null where it is nobody's. */
    @Nullable
    String owner() {
        return owner;
    }

    boolean isClaim(NodeId node, long claim) {
        return home != null && this.claim == claim && home.node().equals(node);
    }

    @Override
    public long epoch() {
        return epoch;
    }

    /** A tombstone is newer than the home that it ended. */
    @Override
    public long version() {
        return home == null ? 1 : 0;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(FORMAT);
        out.writeLong(epoch);
        out.writeLong(claim);
        Wire.writeHome(home, out);
        Wire.writeHome(former, out);
        out.writeByteArray(will);
        out.writeLong(willEpoch);
        out.writeString(owner);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        Wire.format(FORMAT, in, "home");
        epoch = in.readLong();
        claim = in.readLong();
        home = Wire.readHome(in);
        former = Wire.readHome(in);
        will = in.readByteArray();
        willEpoch = in.readLong();
        String user = in.readString();
        owner = user == null ? null : OnMember.names(in).same(user);
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.HOME_ENTRY;
    }
}
