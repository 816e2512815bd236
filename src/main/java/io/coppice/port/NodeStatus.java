package io.coppice.port;

import io.coppice.mqtt.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the node tells of itself, readable from any thread, a moment late. */
public interface NodeStatus {
    String nodeName();

    /** When the node began to serve, milliseconds since the epoch. */
    long startedAt();

    /** The counters of every loop. */
    List<Counters> counters();

    /** Clients connected now. */
    long connections();

    /** Sessions, connected or away. */
    long sessions();

    /** Subscriptions of all sessions, shared ones included. */
    long subscriptions();

    long sharedSubscriptions();

    /** Different topic filters that at least one session subscribes to. */
    long topicFilters();

    long retainedMessages();

    /** Weight of the retained messages in bytes. */
    long retainedBytes();

    /** Messages that wait in session queues. */
    long queuedMessages();

    /** Weight of the messages that wait in session queues, in bytes. */
    long queuedBytes();

    /** What the node does about being overloaded: 0 for nothing, 1 where it lets nobody in, 2 where it also holds back who publishes most. */
    int overloadLevel();

    /** The weight of those of them that are in memory. */
    long queuedBytesInMemory();

    /** Messages that wait in session queues and are in the store, not in memory. */
    long queuedMessagesInStore();

    /** Messages sent at QoS 1 and 2 and not yet acknowledged. */
    long inFlightMessages();

    /** Clients whose password is still to be checked. */
    long loginsWaiting();

    /** Whether new clients are welcome. */
    boolean ready();

    /** Whether the node sends its clients away, and how far it is with that. */
    NodeControl.Draining draining();

    /** Why nothing new is stored at the moment, in words for an operator; null where it is. */
    @Nullable
    String storeRefusal();

    ClusterStatus cluster();

    /** Publishes a message of the broker itself, such as {@code $SYS}. Any thread. */
    void publish(Message message);
}
