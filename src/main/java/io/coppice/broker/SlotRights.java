package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Permissions;
import io.coppice.port.Questions;
import org.jspecify.annotations.Nullable;

/** Who the client of a session is, and what it may do; kept while the client is away, and asked on the session's shard. */
final class SlotRights {
    private final SessionSlot slot;
    private Gatekeeper.@Nullable Identity identity;
    private @Nullable Permissions permissions;
    private @Nullable Questions questions;
    /** Whether the client has rights of its own. */
    private boolean granted;
    /** Whether nobody has been asked yet: what comes for the session waits, and is judged before it is sent. */
    private boolean unasked;

    SlotRights(SessionSlot slot) {
        this.slot = slot;
    }

    /** Who connected last; null for a session that nobody has connected to here. */
    Gatekeeper.@Nullable Identity identity() {
        return identity;
    }

    /** What has to be found out before it is known what the client may do; null where it always is. */
    @Nullable
    Questions questions() {
        return questions;
    }

    /** What its client may do; null where nobody here knows who that is. Asking it counts nothing. */
    @Nullable
    Permissions permissions() {
        return permissions;
    }

    /** Whether it is known what its client may do. */
    boolean areKnown() {
        return permissions != null;
    }

    /** Who its client was where the session comes from, whose rights it has until its next client is let in. */
    void comeWith(Gatekeeper.Identity who) {
        identify(who, slot.shard.broker.gatekeeper.permissions(who));
        unasked = questions != null;
    }

    /** Who its client is from now on, and what that one may do. */
    void identify(Gatekeeper.Identity who, Permissions rights) {
        unasked = false;
        identity = who;
        granted = who.grant().givesRights();
        permissions = rights;
        questions = rights.questions();
        if (slot.client != null) {
            slot.client.forgetPublisher();
        }
    }

    void disconnected() {
        if (identity != null && identity.userName() == null) {
            identity = null; // the session is nobody's and has its rights; of those that wait there are many
        }
    }

    /** Who publishes what comes from the session now, as far as that is known. */
    Publisher publisher() {
        Gatekeeper.Identity who = identity;
        if (who == null && permissions == null) {
            return new Publisher(slot.clientId(), slot.session.owner(), Publisher.Kind.UNKNOWN, Publisher.NO_EPOCH);
        }
        return slot.shard.sources.publisher(
                slot.clientId(),
                who == null ? null : who.userName(),
                granted ? Publisher.Kind.GRANTED : Publisher.Kind.RULED);
    }

    ReasonCode maySubscribe(TopicFilter filter, Qos qos) {
        ReasonCode verdict = permissions == null ? ReasonCode.NOT_AUTHORIZED : permissions.maySubscribe(filter, qos);
        slot.shard.counters.authorized(!verdict.isError());
        return verdict;
    }

    boolean mayPublish(Message message) {
        boolean allowed =
                permissions != null && permissions.mayPublish(message.topic(), message.qos(), message.retain());
        slot.shard.counters.authorized(allowed);
        return allowed;
    }

    /** Of a session whose client is not known here yet that is asked once it has come, before it is sent anything. */
    boolean mayReceive(Message message) {
        return permissions == null || unasked || permissions.mayReceive(message.topic());
    }

    /**
     * Whether a subscription is not granted any more by what holds now; one that was not asked about yet will be. Counts nothing, for
     * nobody has asked for it.
     */
    boolean isRevoked(Subscription subscription) {
        Qos qos = subscription.options().maximumQos();
        if (permissions == null
                || questions != null && !questions.isAnswered(subscription.filter(), qos, Questions.ANY_TIME)) {
            return false;
        }
        return permissions.maySubscribe(subscription.filter(), qos).isError();
    }

    /** Whether nothing has been found out of the client's right to publish a message, or not within the time before now. */
    boolean mustAsk(Message message, long at) {
        return questions != null && !questions.isAnswered(message.topic(), message.qos(), message.retain(), at);
    }

    /** A filter is not among those of the session: what was found out about it is of no use. */
    void forget(TopicFilter filter) {
        if (questions != null && slot.session.subscription(filter) == null) {
            questions.forget(filter);
        }
    }
}
