package io.coppice.mqtt;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who published a message, so that what is stored can be judged by the rights that its publisher has when it is sent on. One object
 * for all messages of a connection. Two are equal that tell of the same client, whatever their epochs.
 */
public final class Publisher {
    /** By what a publisher had the right to publish. */
    public enum Kind {
        /** Nobody knows: the message was stored by a release that did not say so, or its client went with a node that is gone. */
        UNKNOWN,
        /** The rules that hold for all clients. */
        RULED,
        /** Rights of its own, such as those in a token. */
        GRANTED,
        /** It is the node itself, or an operator: no client. */
        NODE
    }

    /** In the place of an epoch: none, so that rights may have changed since. */
    public static final int NO_EPOCH = 0;
    /** The last one, after which the first comes again. */
    public static final int EPOCH_MAX = (1 << 30) - 1;

    /** What the node says of itself, of which no other node is told. */
    public static final Publisher THIS_NODE = new Publisher("", null, Kind.NODE, NO_EPOCH);

    private static final Kind[] KINDS = Kind.values();
    private static final int KIND_BITS = 2;

    private final String clientId;
    private final @Nullable String user;
    /** Epoch and kind in one field: where a message comes from the store it has one of these for itself. */
    private final int state;

    /**
     * A publisher.
     *
     * @param user by the name it was vouched for; null for one without
     * @param epoch of the node's policy by which it may publish, 1 to {@link #EPOCH_MAX}, or {@link #NO_EPOCH}
     */
    public Publisher(String clientId, @Nullable String user, Kind kind, int epoch) {
        this.clientId = clientId;
        this.user = user;
        this.state = epoch << KIND_BITS | kind.ordinal();
    }

    /** One of which only the client identifier is known; empty for {@link #THIS_NODE}. */
    public static Publisher unknown(String clientId) {
        return clientId.isEmpty() ? THIS_NODE : new Publisher(clientId, null, Kind.UNKNOWN, NO_EPOCH);
    }

    /** Somebody who acts in the place of the node. */
    public static Publisher node(String name) {
        return new Publisher(name, null, Kind.NODE, NO_EPOCH);
    }

    /** Empty for {@link #THIS_NODE}. */
    public String clientId() {
        return clientId;
    }

    /** Null for one without, and for one of which it is not known. */
    public @Nullable String user() {
        return user;
    }

    public Kind kind() {
        return KINDS[state & KINDS.length - 1];
    }

    /** Of the policy by which it may publish; {@link #NO_EPOCH} where this node does not know it. */
    public int epoch() {
        return state >>> KIND_BITS;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other == this
                || other instanceof Publisher that
                        && kind() == that.kind()
                        && clientId.equals(that.clientId)
                        && Objects.equals(user, that.user);
    }

    @Override
    public int hashCode() {
        return clientId.hashCode();
    }

    @Override
    public String toString() {
        return "Publisher[" + clientId + ", " + user + ", " + kind() + "]";
    }
}
