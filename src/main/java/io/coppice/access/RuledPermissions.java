package io.coppice.access;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the rules in force let one client do. What was said of a topic is remembered, so that a topic that is used again costs one
 * comparison; a client of few topics remembers few, and none more than {@link #REMEMBERED_MAX}.
 */
final class RuledPermissions implements Permissions {
    /** Topics; a power of two, like the first number of them. */
    static final int REMEMBERED_MAX = 256;

    private static final int REMEMBERED_MIN = 4;
    /** Bytes of a topic. Longer ones are judged each time: what the memory of all can weigh stays small. */
    private static final int REMEMBERED_TOPIC_MAX = 256;

    private final Function<RuleBook, Rights> whose;
    private final Supplier<RuleBook> inForce;
    /** What all below was made of. */
    private RuleBook book;

    private Rights rights;
    /** By the topics' hashes, each at its place or the one beside it, which a further one takes. Null until the first question. */
    private @Nullable TopicName @Nullable [] topics;

    private byte[] answers = {};
    /** Topics that have lost their place since there was last more room. */
    private int displaced;

    /** Those of a client that is here, as below. */
    RuledPermissions(Identity who, Supplier<RuleBook> inForce) {
        this(book -> book.rightsOf(who), inForce);
    }

    /**
     * @param whose rights of a client by some rules
     * @param inForce gives the rules that hold now: the same object for as long as they are the same
     */
    RuledPermissions(Function<RuleBook, Rights> whose, Supplier<RuleBook> inForce) {
        this.whose = whose;
        this.inForce = inForce;
        this.book = inForce.get();
        this.rights = whose.apply(book);
    }

    @Override
    public boolean mayPublish(TopicName topic, Qos qos, boolean retain) {
        return (answer(topic) & TopicRules.WRITE) != 0;
    }

    @Override
    public boolean mayReceive(TopicName topic) {
        return (answer(topic) & TopicRules.READ) != 0;
    }

    /**
     * A filter that may match something that the client may read is granted. That of a shared subscription is only where all
     * that it matches may be read: a message that its member has no right to would be lost to the others.
     */
    @Override
    public ReasonCode maySubscribe(TopicFilter filter, Qos qos) {
        Rights now = rights();
        boolean granted = filter.isShared() ? now.allowAll(filter) : now.allowSome(filter);
        return granted ? ReasonCode.SUCCESS : ReasonCode.NOT_AUTHORIZED;
    }

    private Rights rights() {
        RuleBook now = inForce.get();
        if (now != book) {
            book = now;
            rights = whose.apply(now);
            topics = null;
        }
        return rights;
    }

    private int answer(TopicName topic) {
        Rights now = rights();
        int hash = spread(topic.hashCode());
        @Nullable TopicName[] known = topics;
        if (known != null) {
            int place = hash & known.length - 1;
            if (topic.equals(known[place])) {
                return answers[place];
            }
            if (topic.equals(known[place ^ 1])) {
                return answers[place ^ 1];
            }
        }
        byte answer = judge(now, topic);
        if (topic.utf8().length <= REMEMBERED_TOPIC_MAX) {
            remember(topic, hash, answer);
        }
        return answer;
    }

    private static byte judge(Rights rights, TopicName topic) {
        int allowed = rights.allowed(topic);
        return (byte) (OpenAuthorizer.isOurs(topic) ? allowed & ~TopicRules.WRITE : allowed);
    }

    private void remember(TopicName topic, int hash, byte answer) {
        @Nullable TopicName[] known = topics;
        if (known == null) {
            known = room(REMEMBERED_MIN);
        } else if (displaced > known.length && known.length < REMEMBERED_MAX) {
            known = room(known.length * 2);
        }
        int place = hash & known.length - 1;
        if (known[place] != null) {
            place ^= 1; // where it is found too
            displaced += known[place] == null ? 0 : 1;
        }
        known[place] = topic;
        answers[place] = answer;
    }

    /** What was known is forgotten: it is soon known again. */
    private @Nullable TopicName[] room(int places) {
        @Nullable TopicName[] known = new @Nullable TopicName[places];
        topics = known;
        answers = new byte[places];
        displaced = 0;
        return known;
    }

    private static int spread(int hash) {
        return hash ^ hash >>> 16;
    }
}
