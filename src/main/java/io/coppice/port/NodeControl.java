package io.coppice.port;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import java.util.List;
import java.util.function.Consumer;

/**
 * What an operator may do to the clients, sessions and messages of a node. To be told on any thread; answers come once, on any
 * thread, when what was done is stored.
 */
public interface NodeControl {
    /** In the place of the client identifier of who publishes; what has none is said on its own node only. */
    String PUBLISHER = "$operator";

    /** How it went with one session. */
    enum Verdict {
        DONE,
        /** It is not on this node, or the client is not connected. */
        ABSENT,
        /** It is on its way to another loop or node: to be tried again. */
        MOVING,
        /** It could not be stored. */
        FAILED
    }

    /** Ends a client's connection; its will is due, its session goes on as it would. */
    void disconnect(String clientId, ReasonCode reason, Consumer<Verdict> then);

    /** Ends a client's session, and its connection. */
    void end(String clientId, Consumer<Verdict> then);

    /** @param reasons one for each filter that was asked for; none unless it is done */
    record Answer(Verdict verdict, List<ReasonCode> reasons) {
        public Answer {
            reasons = List.copyOf(reasons);
        }
    }

    /** Subscribes as the client would, with the rights that it has. */
    void subscribe(String clientId, List<Packet.Request> requests, int identifier, Consumer<Answer> then);

    /** Ends subscriptions as the client would. */
    void unsubscribe(String clientId, List<String> filters, Consumer<Answer> then);

    /**
     * What became of a message.
     *
     * @param refusal why it went nowhere, in words; empty where it went
     * @param matched whether anybody subscribes to its topic
     * @param safe whether everyone whom it concerns has it
     * @param rejected whether a full queue refused it
     */
    record Published(String refusal, boolean matched, boolean safe, boolean rejected) {}

    /** Publishes a message on behalf of the operator, to whom it concerns on all nodes; no rules are asked. */
    void publish(Message message, Consumer<Published> then);

    /**
     * What a purge found.
     *
     * @param topics the first of them, or of those that were cleared
     * @param matching how many there were, of which the others were left as they are
     * @param failed how many could not be cleared
     */
    record Purged(List<String> topics, long matching, int failed, String refusal) {
        public Purged {
            topics = List.copyOf(topics);
        }

        /** Whether there were further ones. */
        public boolean more() {
            return matching > topics.size() + failed;
        }
    }

    /**
     * Clears retained messages, on all nodes.
     *
     * @param atMost how many
     * @param dry whether they are only to be found
     */
    void purge(TopicFilter filter, int atMost, boolean dry, Consumer<Purged> then);

    // --- bans

    /** By what somebody is refused. */
    enum BanKind {
        CLIENT_ID,
        USER,
        /** Of IPv6 the network of 64 bits. */
        ADDRESS,
        /** A user from an address: what wrong passwords bring. */
        USER_AT_ADDRESS
    }

    /**
     * Somebody who is refused for a time (0x8A).
     *
     * @param until milliseconds since the epoch
     * @param by who made it; empty where the node did, for wrong passwords or connections too often
     */
    record Ban(BanKind kind, String value, long until, String reason, String by) {}

    /** By what somebody is known to bans, however it was written: of an IPv6 address its network. */
    String known(BanKind kind, String value);

    /** The bans in force, of both kinds, in no order; as many as are remembered at most. */
    List<Ban> bans();

    /**
     * Refuses somebody from now on, and ends their connections here.
     *
     * @param then told how many connections were ended; -1 where as many are banned as may be
     */
    void ban(Ban ban, Consumer<Integer> then);

    /** Whether there was one; one that the node made ends too. */
    boolean unban(BanKind kind, String value);

    // --- drain

    /**
     * How far a node is with sending its clients away.
     *
     * @param on whether it is, for an operator or because it stops
     * @param since milliseconds since the epoch; 0 while the node is not being drained
     * @param connectionsLeft clients that it has
     * @param millisLeft until the last of them is told to go, about; 0 where there is no telling
     */
    record Draining(boolean on, long since, long connectionsLeft, long millisLeft) {
        /** The same in seconds, rounded up. */
        public long secondsLeft() {
            return (millisLeft + 999) / 1_000;
        }
    }

    /** Lets nobody in any more and sends the clients away at the node's rate; the node stays where it is. */
    void drain();

    /** Lets clients in again. */
    void undrain();

    Draining draining();

    // --- some of the clients

    /**
     * How far a node is with sending some of its clients to others.
     *
     * @param on whether it is at it
     * @param wanted how many are to go, of those who were told last
     * @param moved how many of them have been told to
     */
    record Shedding(boolean on, int wanted, int moved) {}

    /**
     * Sends so many clients to other nodes, first those whose sessions outlive their connections; ends what was begun before.
     *
     * @param clients 1 and more
     * @param aSecond 1 and more
     */
    void shed(int clients, int aSecond);

    /** Sends no further ones away. */
    void stopShedding();

    Shedding shedding();
}
