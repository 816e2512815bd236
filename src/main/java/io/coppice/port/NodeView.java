package io.coppice.port;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.session.Outgoing;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells of its sessions, subscriptions and retained messages to who asks, page by page. To be asked on any thread;
 * answers come once, on any thread, and hold no more than was asked for. Each loop tells its part in turns of its own, some
 * sessions in each, so no loop is kept from its work: what changes meanwhile is told as it was or as it is.
 */
public interface NodeView {
    /**
     * A part of something longer, in order.
     *
     * @param more whether something comes after it
     */
    record Page<T>(List<T> items, boolean more) {
        public Page {
            items = List.copyOf(items);
        }
    }

    /**
     * Which sessions are meant.
     *
     * @param prefix with which the client identifier begins; empty for any
     * @param part that the client identifier has somewhere; empty for any
     * @param user whose they are; null for anybody's
     * @param address with which the client's address, without port, begins; empty for any
     * @param connected whether the client is there; null for either
     */
    record ClientFilter(
            String prefix,
            String part,
            @Nullable String user,
            String address,
            @Nullable Boolean connected) {}

    /**
     * A session, and its connection if it has one.
     *
     * @param connection null while the client is away
     * @param user null for a client without name, and of one that is away and was not seen here
     * @param sessionExpiry seconds that it outlives a connection; 4,294,967,295 for ever
     * @param parkedAt when the last connection ended, milliseconds since the epoch; -1 while there is one
     * @param loop on which it lives
     */
    record ClientEntry(
            String clientId,
            @Nullable Link connection,
            @Nullable String user,
            long sessionExpiry,
            long parkedAt,
            int subscriptions,
            int inFlight,
            int queued,
            long queuedBytes,
            int queuedInStore,
            int loop) {}

    /**
     * A connection of a client that was let in.
     *
     * @param address as a person reads it, with port
     * @param protocol such as {@code 3.1.1}
     * @param keepAlive seconds to which the client is held; 0 for none
     * @param since milliseconds since the epoch
     */
    record Link(String address, String listener, String protocol, int keepAlive, long since) {}

    /**
     * All of one session that is told at once.
     *
     * @param willTopic where its will goes should the client fail; null for none
     * @param held the first of its subscriptions, by filter
     */
    record Detail(ClientEntry client, @Nullable TopicName willTopic, List<Subscription> held) {}

    /** The first messages that were sent and not acknowledged, and the first of those that wait, as far as they are in memory. */
    record Queue(ClientEntry client, List<Outgoing> inFlight, List<Outgoing> head) {}

    /**
     * Which subscriptions are meant; what is null does not matter.
     *
     * @param filter exactly this one
     * @param topic those that it matches
     */
    record SubscriptionFilter(
            @Nullable String clientId,
            @Nullable TopicFilter filter,
            @Nullable TopicName topic) {}

    /**
     * A subscription of a session.
     *
     * @param mayReceive whether the client may be sent what comes on the topic that was asked for; null where none was, or the
     *     client is not known here
     */
    record Held(
            String clientId,
            boolean connected,
            Subscription subscription,
            @Nullable Boolean mayReceive) {}

    /**
     * What a client may publish to a topic.
     *
     * @param qos for each quality of service, not retained
     * @param retained for each quality of service, retained
     */
    record Publishing(List<Boolean> qos, List<Boolean> retained) {}

    /** Another node to which messages of a topic go, and the highest quality of service that somebody there wants. */
    record Way(String node, Qos qos, @Nullable TopicFilter share) {}

    /**
     * Sessions by client identifier.
     *
     * @param after the identifier after which to begin; empty for the beginning
     */
    void clients(ClientFilter filter, String after, int limit, Consumer<Page<ClientEntry>> then);

    /** @param then given null where the session is not on this node */
    void client(String clientId, int subscriptionsMax, Consumer<@Nullable Detail> then);

    /** @param then given null where the session is not on this node */
    void queue(String clientId, int messagesMax, Consumer<@Nullable Queue> then);

    /**
     * Subscriptions by client identifier, and those of one client by filter.
     *
     * @param afterClient the client after whose subscription to begin; empty for the beginning
     * @param afterFilter that subscription's filter
     */
    void subscriptions(
            SubscriptionFilter filter, String afterClient, String afterFilter, int limit, Consumer<Page<Held>> then);

    /** @param then given null where the client is not known on this node */
    void publishing(String clientId, TopicName topic, Consumer<@Nullable Publishing> then);

    /** Where else messages of a topic go, by the routes that are known here. */
    List<Way> ways(TopicName topic);

    /**
     * Retained messages that a filter matches, by topic.
     *
     * @param prefix with which the topic begins; empty for any
     * @param after the topic after which to begin; empty for the beginning
     */
    void retained(TopicFilter filter, String prefix, String after, int limit, Consumer<Page<Message>> then);

    /** The retained message of a topic; null for none. */
    @Nullable
    Message retained(TopicName topic);
}
