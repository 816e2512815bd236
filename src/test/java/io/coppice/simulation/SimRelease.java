package io.coppice.simulation;

import io.coppice.cluster.VersionInEffect;
import io.coppice.cluster.VersionInEffect.Claim;
import io.coppice.codec.DamagedParcel;
import io.coppice.codec.ParcelCodec;
import io.coppice.port.Parcel;
import io.coppice.port.WireVersions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;

/** What a node knows that is of one release or the next: which parcels it can read, and which it writes. */
final class SimRelease {
    static final WireVersions FORMER = new WireVersions(5, 5, 5);
    static final WireVersions NEXT = new WireVersions(5, 5, 6);

    private static final long LOOK_MILLIS = 100;
    private static final long HEARING_MAX = 50;

    private final World world;
    private final SimNode node;
    final WireVersions known;
    final VersionInEffect version;
    private final ParcelCodec codec;

    SimRelease(World world, SimNode node, WireVersions known) {
        this.world = world;
        this.node = node;
        this.known = known;
        this.version =
                new VersionInEffect(known, VersionInEffect.none(known), kept -> {}, () -> world.now() * 1_000_000);
        this.codec = new ParcelCodec(version::written, known.newest());
    }

    /** As bytes, in the version that is written now. */
    ByteBuf encoded(Parcel parcel) {
        ByteBuf out = Unpooled.buffer();
        codec.encode(parcel, out);
        return out;
    }

    /** What was sent to it, which it must be able to read. */
    Parcel decoded(ByteBuf bytes) {
        try {
            return codec.decode(bytes.duplicate());
        } catch (DamagedParcel unread) {
            throw new AssertionError(node.id + ", which reads " + known + ", was sent " + unread.getMessage(), unread);
        }
    }

    /** Looks from now on as a real node does, as long as it lives. */
    void look() {
        if (!node.alive) {
            return;
        }
        world.at(world.now() + LOOK_MILLIS, this::look);
        SimCluster cluster = world.cluster();
        if (node.isStalled() || !cluster.isMember(node) || !cluster.hearsAll(node)) {
            return;
        }
        List<Claim> heard = cluster.othersOf(node).stream()
                .map(other -> other.release().version.claim())
                .toList();
        boolean complete = cluster.isComplete();
        world.at(world.now() + world.delay(HEARING_MAX), () -> {
            if (node.alive && !node.isStalled()) {
                version.look(heard, complete);
            }
        });
    }
}
