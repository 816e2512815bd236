package io.coppice.port;

/** Where other nodes come in. */
public interface PeerGate {
    /** A parcel has come for a loop; called on that loop. */
    void received(int shard, Parcel parcel);

    /** The nodes that are there have changed; called on the first loop, in the order of the changes. */
    void viewChanged(View view);
}
