package io.coppice.port;

/** What went otherwise than it should between nodes, counted since the start of this one; readable from any thread. */
public interface ClusterFaults {
    /** Of a node that is alone: nothing can go wrong. */
    ClusterFaults NONE = new ClusterFaults() {};

    /** Calls to what all nodes share that were made again because nobody knew what had become of them. */
    default long repeats() {
        return 0;
    }

    /** Calls that were given up. */
    default long failures() {
        return 0;
    }

    /** Records that were refused because others before them are missing from the copy: some were lost. */
    default long gaps() {
        return 0;
    }

    /** Values that were refused because their checksum, or what it covers, is wrong. */
    default long damaged() {
        return 0;
    }

    /** Parcels to other nodes that did not leave this one; their senders send them again. */
    default long droppedParcels() {
        return 0;
    }

    /** What came from other nodes and is no parcel that this release can read. */
    default long damagedParcels() {
        return 0;
    }

    /** How often the size of the cluster became another one, as this node has seen it. */
    default long resizes() {
        return 0;
    }

    /** Connections for members whose other end spoke as no node does. */
    default long strangers() {
        return 0;
    }

    /** Connections for members whose other end went before it had proved to be one, or said nothing in time. */
    default long silentConnections() {
        return 0;
    }

    /** Connections for members of which one end did not know the secret of the other. */
    default long wrongSecrets() {
        return 0;
    }
}
