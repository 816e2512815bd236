package io.coppice.access;

import io.coppice.access.Callout.Decision;
import io.coppice.access.Callout.Said;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import org.jspecify.annotations.Nullable;

/**
 * What was answered about the topics that one client publishes to, of which a client of few topics remembers few, and none more than
 * {@link #REMEMBERED_MAX}. To look allocates nothing. One thread.
 */
final class PublishDecisions {
    /** Topics; a power of two, like the first number of them. */
    static final int REMEMBERED_MAX = 256;

    private static final int REMEMBERED_MIN = 4;
    private static final int KINDS_OF_QOS = 3;

    /** By the topics' hashes, each at its place or the one beside it, which a further one takes. */
    private @Nullable TopicName[] topics = new @Nullable TopicName[REMEMBERED_MIN];

    private byte[] kinds = new byte[REMEMBERED_MIN];
    private @Nullable Said[] answers = new @Nullable Said[REMEMBERED_MIN];
    /** Topics that have lost their place since there was last more room. */
    private int displaced;

    /** What was answered and is good at a time; null where nothing is. */
    @Nullable
    Decision decision(TopicName topic, Qos qos, boolean retain, long at) {
        byte kind = kind(qos, retain);
        int place = place(topic, kind);
        Said said = is(place, topic, kind) ? answers[place] : is(place ^ 1, topic, kind) ? answers[place ^ 1] : null;
        return said == null || at >= said.until() ? null : said.decision();
    }

    void put(TopicName topic, Qos qos, boolean retain, Said said) {
        byte kind = kind(qos, retain);
        if (displaced > topics.length && topics.length < REMEMBERED_MAX) {
            int more = topics.length * 2;
            topics = new @Nullable TopicName[more]; // what was known is soon known again
            kinds = new byte[more];
            answers = new @Nullable Said[more];
            displaced = 0;
        }
        int place = place(topic, kind);
        if (!is(place, topic, kind) && topics[place] != null) {
            place ^= 1; // where it is found too
            displaced += topics[place] == null || is(place, topic, kind) ? 0 : 1;
        }
        topics[place] = topic;
        kinds[place] = kind;
        answers[place] = said;
    }

    private boolean is(int place, TopicName topic, byte kind) {
        return kinds[place] == kind && topic.equals(topics[place]);
    }

    private int place(TopicName topic, byte kind) {
        int hash = topic.hashCode() + 31 * kind;
        return (hash ^ hash >>> 16) & topics.length - 1;
    }

    private static byte kind(Qos qos, boolean retain) {
        return (byte) (qos.code() + (retain ? KINDS_OF_QOS : 0));
    }
}
