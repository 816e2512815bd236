package io.coppice.port;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.function.Consumer;

/**
 * What has to be found out before {@link Permissions} can say it, because somebody else is asked who takes his time. Of one client,
 * and used on the loop of its session alone. What was answered is good for a time; {@link Permissions} go by the last answer however
 * old it is, and refuse where there was none.
 */
public interface Questions {
    /** In the place of a time: whether there is any answer, however old. */
    long ANY_TIME = Long.MIN_VALUE;

    /** Whether it is known, with an answer that is still good at a time, if the client may publish; asked for each message, so it must be quick. */
    boolean isAnswered(TopicName topic, Qos qos, boolean retain, long at);

    /** The same of a subscription; of a shared one about the filter inside. */
    boolean isAnswered(TopicFilter filter, Qos qos, long at);

    /**
     * Finds out whether the client may publish.
     *
     * @param then called once, on the loop, possibly before this returns; false where nobody could say, which is an answer
     *     that is good no longer than this turn: it refuses. Need not be called after {@link #withdraw}
     */
    void ask(TopicName topic, Qos qos, boolean retain, Loop loop, Consumer<Boolean> then);

    /**
     * Finds out whether the client may subscribe; where it is subscribed, whether it still may.
     *
     * @param then as above; a subscription that was granted stays so for a time where nobody can say
     */
    void ask(TopicFilter filter, Qos qos, Loop loop, Consumer<Boolean> then);

    /** The client has no such subscription, or no more. */
    void forget(TopicFilter filter);

    /** How long an answer is good, in milliseconds; at least 1000. */
    long lifeMillis();

    /** Nobody waits for answers any more. */
    void withdraw();
}
