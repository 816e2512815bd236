package io.coppice.port;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What nodes tell each other: all of it travels in the {@link Parcel}s of one loop to another, in order. */
public sealed interface PeerMessage {
    /**
     * A message for whom it concerns on the receiving node, and nobody else.
     *
     * @param stamp grows with each message that the sending loop hands on, to whomever: a session that moves is
     *     brought the same message on two ways, and knows it by this
     * @param ticket under which the answer is expected; 0 for none
     * @param share only for one member of this shared subscription, or null
     * @param formerly only for sessions that were at home on this node, which is gone; or null. With a share nobody is given
     *     the message: it is asked whether one of them has it, which the answer says with {@link Answer#safe}
     * @param origin whose stamp it is; null for the sending loop's, and always where formerly is. With a share it is the
     *     sending loop's in any case, and not null where the message has been on another node already: it stays on this one
     *     then if anybody here can take it, so that it is not sent from node to node
     * @param only the client identifier of the one session that it is for, or null; with formerly alone
     */
    record Publish(
            Message message,
            long stamp,
            long ticket,
            @Nullable TopicFilter share,
            @Nullable NodeId formerly,
            @Nullable Origin origin,
            @Nullable String only)
            implements PeerMessage {
        /** For all whom it concerns. */
        public Publish(
                Message message,
                long stamp,
                long ticket,
                @Nullable TopicFilter share,
                @Nullable NodeId formerly,
                @Nullable Origin origin) {
            this(message, stamp, ticket, share, formerly, origin, null);
        }

        /** The same of another message. */
        public Publish with(Message other) {
            return new Publish(other, stamp, ticket, share, formerly, origin, only);
        }

        /** The same, with the ticket of the answer. */
        public Publish awaited(long answer) {
            return new Publish(message, stamp, answer, share, formerly, origin, only);
        }
    }

    /**
     * A message was taken over by everyone on this node whom it concerns.
     *
     * @param safe false where that cannot be said
     * @param rejected whether a full queue refused it
     */
    record Answer(long ticket, boolean safe, boolean rejected) implements PeerMessage {}

    /**
     * A publish of a client of this loop has failed for somebody, and its client sends all again that was on its way by then.
     * What the receiver has of it for a session that it is still waiting for is not taken any more: the earlier part of it may
     * not come there, and all of it comes once more.
     *
     * @param publisher the client identifier
     * @param stamp up to which the messages of the client that this loop has handed on count as failed
     */
    record Failed(String publisher, long stamp) implements PeerMessage {}

    /**
     * Nobody here takes a message of a shared subscription now: it is for who sent it to find another member.
     *
     * @param ticket under which the answer was expected
     */
    record Returned(long ticket) implements PeerMessage {}

    /**
     * A topic filter and what this node wants of it.
     *
     * @param qos the highest that one of its subscribers takes; null when nobody here subscribes any more
     * @param online of a shared subscription, its members here with a connection; else 0
     * @param members of a shared subscription, its members here; else 0
     * @param onlineSince since when at least one of them has had a connection, milliseconds since the epoch; 0 where none has
     */
    record Route(TopicFilter filter, @Nullable Qos qos, int online, int members, long onlineSince) {
        /** Nobody here wants the filter any more. */
        public static Route none(TopicFilter filter) {
            return new Route(filter, null, 0, 0, 0);
        }
    }

    /**
     * Routes of this node have changed.
     *
     * @param version of all its routes after it; grows by one with each of these messages
     * @param formerly nodes that are gone and from which sessions came that brought these routes: what is held for
     *     them goes to this one first
     */
    record RoutesChanged(long version, List<Route> routes, List<NodeId> formerly) implements PeerMessage {
        public RoutesChanged {
            routes = List.copyOf(routes);
            formerly = List.copyOf(formerly);
        }
    }

    /** The changes up to a version have been made on every loop; nothing goes the old way after this. */
    record RoutesMade(long version) implements PeerMessage {}

    /** Asks for all routes. */
    record RoutesWanted() implements PeerMessage {}

    /**
     * A part of all routes of this node; a part before the last says nothing yet.
     *
     * @param version that they are the routes of
     */
    record RoutesWhole(long version, boolean first, boolean last, List<Route> routes) implements PeerMessage {
        public RoutesWhole {
            routes = List.copyOf(routes);
        }
    }

    /** A sum over all routes of this node at a version, to be compared with the receiver's. */
    record RoutesDigest(long version, long digest, long count) implements PeerMessage {}

    /** What nodes tell each other of retained messages, so that every node has all of them. */
    sealed interface Retaining extends PeerMessage {}

    /** The receiver is told of every change that this loop makes to retained messages, from here on. */
    record RetainedFollows() implements Retaining {}

    /**
     * This loop has asked the store to change what a topic has. It is told before the message itself, so that no
     * subscription falls between the two.
     *
     * @param write names the change among those of this loop; it ends with {@link RetainedKept} or {@link RetainedEnded}
     */
    record RetainedBegun(long write, TopicName topic) implements Retaining {}

    /** A change has been made: what the topic has now. */
    record RetainedKept(long write, RetainedStore.Kept kept) implements Retaining {}

    /** A change has ended and brought nothing that was not told before. */
    record RetainedEnded(long write) implements Retaining {}

    /**
     * Sums over the topics and versions of all retained messages of this node, to be compared with the receiver's.
     *
     * @param sums one for each bucket of topics; not to be written to any more
     */
    record RetainedDigest(long[] sums) implements Retaining {}

    /** What version of a topic a node has; of a topic that was cleared lately, the version with which it was. */
    record TopicVersion(TopicName topic, long version) {}

    /**
     * A part of what this node has in some buckets of topics, for a receiver that has something else there.
     *
     * @param buckets their numbers; the same in all parts, not to be written to
     */
    record RetainedVersions(int[] buckets, boolean first, boolean last, List<TopicVersion> versions)
            implements Retaining {
        public RetainedVersions {
            versions = List.copyOf(versions);
        }
    }

    /** Asks for what the receiver has of some topics. */
    record RetainedWanted(List<TopicName> topics) implements Retaining {
        public RetainedWanted {
            topics = List.copyOf(topics);
        }
    }

    /** What this node has of some topics, for a receiver that was found to have something older. */
    record RetainedBrought(List<RetainedStore.Kept> all) implements Retaining {
        public RetainedBrought {
            all = List.copyOf(all);
        }
    }

    /** A step of a session's move from one node to another. */
    sealed interface Moving extends PeerMessage {
        /** Names the move; given by the new home. */
        long move();
    }

    /**
     * Another node has claimed a session of this one: its client goes, and it is to be given up.
     *
     * @param epoch the new home's
     */
    record Yield(long move, String clientId, long epoch, boolean cleanStart) implements Moving {}

    /**
     * A session that was at home on a node which is gone has a new home: whoever has it from an earlier time, without
     * knowing of that node's claim, gives it up to the one that asks; answered by {@link Frozen}, of nothing where there is none.
     *
     * @param epoch the new home's
     */
    record Claimed(long move, String clientId, long epoch) implements Moving {}

    /**
     * The session does nothing any more; what still comes for it is passed on. Its routes are to be announced.
     *
     * @param subscriptions null where there is no session to move
     * @param lost whether it was claimed again after the claim that asks
     * @param ended whether it was here, and was not to go on
     * @param seen what the session has been brought and may be brought again
     */
    record Frozen(long move, @Nullable List<Subscription> subscriptions, boolean lost, boolean ended, List<Seen> seen)
            implements Moving {
        public Frozen {
            seen = List.copyOf(seen);
        }
    }

    /**
     * What a session has been brought of a loop.
     *
     * @param allBefore whether everything up to the stamp, or only the message that bears it
     */
    record Seen(Origin origin, long stamp, boolean allBefore) {}

    /**
     * A message that came for a session that moves, after it was frozen.
     *
     * @param origin the loop that handed the message on first, with the stamp
     * @param ticket under which the answer is expected; 0 for none
     */
    record Late(
            long move,
            Message message,
            Qos qos,
            boolean retain,
            int[] subscriptionIdentifiers,
            @Nullable TopicFilter share,
            Origin origin,
            long stamp,
            long ticket)
            implements Moving {
        /** The same, with the ticket of the answer. */
        public Late awaited(long answer) {
            return new Late(move, message, qos, retain, subscriptionIdentifiers, share, origin, stamp, answer);
        }
    }

    /**
     * The records of the session are stored.
     *
     * @param safe false where some are not: what the session has been brought does not count then
     */
    record Stored(long move, boolean safe) implements Moving {}

    /** Everyone sends what is for the session to its new home too. */
    record Announced(long move) implements Moving {}

    /** Nobody sends to the old home any more, and everything that came there was passed on. */
    record Emptied(long move) implements Moving {}

    /**
     * Nodes that are gone and whose sessions are still being found: told to a node that has just come, which knows
     * nothing of them, ahead of {@link RoutesWhole}.
     */
    record GivenUp(List<NodeId> nodes) implements PeerMessage {
        public GivenUp {
            nodes = List.copyOf(nodes);
        }
    }

    /** The sessions whose home is not among these nodes and that fall to this one are here, and their routes announced. */
    record Adopted(List<NodeId> members) implements PeerMessage {}

    /**
     * The last word of a node that leaves on purpose: it acts for no session any more, has nothing under way in store
     * or registry, and everything that its loops had said before has been confirmed. Whoever hears it need not wait for
     * the node's lease.
     */
    record Farewell() implements PeerMessage {}

    /** Asks for a confirmation: how a node knows that it is not alone. */
    record Ping() implements PeerMessage {}
}
