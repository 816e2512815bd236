package io.coppice.access;

import io.coppice.access.Callout.Decision;
import io.coppice.access.Callout.Said;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Loop;
import io.coppice.port.Permissions;
import io.coppice.port.Questions;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one client may do by what somebody else has answered. A granted filter opens all that it matches; nobody is asked again for each
 * delivery. What is the broker's own, {@code $SYS} above all, is left to the rules.
 */
final class CalledPermissions implements Permissions, Questions {
    private static final Logger LOG = LoggerFactory.getLogger(CalledPermissions.class);

    /** @param at when it was answered, milliseconds since the epoch */
    private record Subscribed(Qos qos, Said said, long at) {}

    private final Callout callout;
    private final Identity who;
    private final Permissions rules;
    private final PublishDecisions publishing = new PublishDecisions();
    /** Of the session's subscriptions, and of those that are being asked for. */
    private final Map<TopicFilter, Subscribed> subscribing = new HashMap<>();

    private final GrantedFilters granted = new GrantedFilters();

    /** @param rules that hold where others are to decide */
    CalledPermissions(Callout callout, Identity who, Permissions rules) {
        this.callout = callout;
        this.who = who;
        this.rules = rules;
    }

    // --- what is said

    @Override
    public boolean mayPublish(TopicName topic, Qos qos, boolean retain) {
        if (OpenAuthorizer.isOurs(topic)) {
            return false;
        }
        Decision decision = publishing.decision(topic, qos, retain, ANY_TIME);
        return decision == Decision.ALLOW || decision == Decision.IGNORE && rules.mayPublish(topic, qos, retain);
    }

    @Override
    public boolean mayReceive(TopicName topic) {
        return !OpenAuthorizer.isOurs(topic) && granted.match(topic) || rules.mayReceive(topic);
    }

    @Override
    public ReasonCode maySubscribe(TopicFilter filter, Qos qos) {
        if (isOurs(filter)) {
            return rules.maySubscribe(filter, qos);
        }
        Subscribed answer = subscribing.get(filter);
        Decision decision = answer == null ? Decision.DENY : answer.said.decision();
        return switch (decision) {
            case ALLOW -> ReasonCode.SUCCESS;
            case DENY -> ReasonCode.NOT_AUTHORIZED;
            case IGNORE -> rules.maySubscribe(filter, qos);
        };
    }

    private static boolean isOurs(TopicFilter filter) {
        return filter.levels()[0].equals("$SYS");
    }

    @Override
    public Questions questions() {
        return this;
    }

    // --- what is asked

    @Override
    public boolean isAnswered(TopicName topic, Qos qos, boolean retain, long at) {
        return publishing.decision(topic, qos, retain, at) != null || OpenAuthorizer.isOurs(topic);
    }

    @Override
    public boolean isAnswered(TopicFilter filter, Qos qos, long at) {
        Subscribed answer = subscribing.get(filter);
        return answer != null && answer.qos == qos && at < answer.said.until() || isOurs(filter);
    }

    @Override
    public void ask(TopicName topic, Qos qos, boolean retain, Loop loop, Consumer<Boolean> then) {
        Map<String, Object> question = HttpAnswer.question(who, "publish", topic.value(), qos.code());
        question.put("retain", retain);
        Said before = callout.remembered(question);
        if (before != null) {
            publishing.put(topic, qos, retain, before);
            then.accept(true);
            return;
        }
        ask(question, loop, said -> {
            publishing.put(topic, qos, retain, said == null ? refusedOnce() : said);
            then.accept(said != null);
        });
    }

    @Override
    public void ask(TopicFilter filter, Qos qos, Loop loop, Consumer<Boolean> then) {
        Map<String, Object> question = HttpAnswer.question(who, "subscribe", filter.inner(), qos.code());
        Said before = subscribing.containsKey(filter) ? null : callout.remembered(question);
        if (before != null) {
            put(filter, qos, before);
            then.accept(true);
            return;
        }
        ask(question, loop, said -> {
            if (said != null) {
                put(filter, qos, said);
            } else if (isStale(filter)) {
                put(filter, qos, refusedOnce());
            }
            then.accept(said != null);
        });
    }

    private void ask(Map<String, Object> question, Loop loop, Consumer<@Nullable Said> then) {
        callout.ask(this, question, said -> {
            try {
                loop.execute(() -> then.accept(said));
            } catch (RejectedExecutionException stopped) {
                LOG.debug("somebody was asked about a client whose loop has stopped");
            }
        });
    }

    /** Whether nothing was granted that goes on although nobody can say whether it still is. */
    private boolean isStale(TopicFilter filter) {
        Subscribed answer = subscribing.get(filter);
        return answer == null
                || answer.said.decision() == Decision.DENY
                || callout.now() > answer.at + callout.lifeMillis() + callout.staleMillis();
    }

    /** It is good no longer than the turn in which it is given. */
    private Said refusedOnce() {
        return new Said(Decision.DENY, ANY_TIME + 1);
    }

    private void put(TopicFilter filter, Qos qos, Said said) {
        Subscribed before = subscribing.put(filter, new Subscribed(qos, said, callout.now()));
        boolean was = before != null && before.said.decision() == Decision.ALLOW;
        boolean is = said.decision() == Decision.ALLOW;
        if (is && !was) {
            granted.add(filter);
        } else if (was && !is) {
            granted.remove(filter);
        }
    }

    @Override
    public void forget(TopicFilter filter) {
        Subscribed before = subscribing.remove(filter);
        if (before != null && before.said.decision() == Decision.ALLOW) {
            granted.remove(filter);
        }
    }

    @Override
    public long lifeMillis() {
        return callout.lifeMillis();
    }

    @Override
    public void withdraw() {
        callout.withdraw(this);
    }
}
