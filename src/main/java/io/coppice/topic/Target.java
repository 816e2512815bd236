package io.coppice.topic;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.Subscription;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one subscriber takes a message: all its subscriptions that match the topic as one (MQTT 5, 3.3.4), or its
 * membership of a shared group. Immutable.
 */
public final class Target extends Keyed {
    private static final int[] NONE = new int[0];

    private final Subscriber subscriber;
    private final Qos qos;
    private final boolean retainAsPublished;
    private final int[] identifiers;
    private final @Nullable Target withoutNoLocal;

    private Target(Subscriber subscriber, Subscription subscription) {
        this.subscriber = subscriber;
        this.qos = subscription.options().maximumQos();
        this.retainAsPublished = subscription.options().retainAsPublished();
        this.identifiers = subscription.identifier() == 0 ? NONE : new int[] {subscription.identifier()};
        this.withoutNoLocal = subscription.options().noLocal() ? null : this;
    }

    private Target(List<Target> parts, boolean noneNoLocal, @Nullable Target withoutNoLocal) {
        Qos highest = Qos.AT_MOST_ONCE;
        boolean anyAsPublished = false;
        int[] all = new int[parts.size()];
        int count = 0;
        for (Target part : parts) {
            highest = highest.atMost(part.qos) == highest ? part.qos : highest;
            anyAsPublished |= part.retainAsPublished;
            if (part.identifiers.length > 0) {
                all[count++] = part.identifiers[0];
            }
        }
        this.subscriber = parts.get(0).subscriber;
        this.qos = highest;
        this.retainAsPublished = anyAsPublished;
        this.identifiers = ascending(all, count);
        this.withoutNoLocal = noneNoLocal ? this : withoutNoLocal;
    }

    static Target of(Subscriber subscriber, Subscription subscription) {
        return new Target(subscriber, subscription);
    }

    /** @param parts one or more targets of single subscriptions, all of the same client */
    static Target merged(List<Target> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        List<Target> audible = new ArrayList<>(parts.size());
        for (Target part : parts) {
            if (part.withoutNoLocal != null) {
                audible.add(part);
            }
        }
        if (audible.size() == parts.size()) {
            return new Target(parts, true, null);
        }
        return new Target(parts, false, audible.isEmpty() ? null : merged(audible));
    }

    private static int[] ascending(int[] all, int count) {
        if (count == 0) {
            return NONE;
        }
        Arrays.sort(all, 0, count);
        int different = 1;
        for (int i = 1; i < count; i++) {
            if (all[i] != all[different - 1]) {
                all[different++] = all[i];
            }
        }
        return Arrays.copyOf(all, different);
    }

    /** The session that takes the message; when a move is half done, the one before or the one after it. */
    public Subscriber subscriber() {
        return subscriber;
    }

    /** The highest maximum QoS of the subscriptions (MQTT-3.3.4-2). */
    public Qos qos() {
        return qos;
    }

    /** Whether the RETAIN flag stays as published: one of the subscriptions wants that (MQTT 5, 3.8.3.1). */
    public boolean retainAsPublished() {
        return retainAsPublished;
    }

    /** The Subscription Identifiers of the subscriptions, each once, ascending; not to be written to (MQTT-3.3.4-4). */
    public int[] identifiers() {
        return identifiers;
    }

    /**
     * What is left for a message that the subscriber published itself: the same target when no subscription is No
     * Local, null when all are (MQTT-3.8.3-3).
     */
    public @Nullable Target withoutNoLocal() {
        return withoutNoLocal;
    }

    /** Whether two targets of single subscriptions cannot be told apart. */
    boolean same(Target that) {
        return subscriber == that.subscriber
                && qos == that.qos
                && retainAsPublished == that.retainAsPublished
                && (withoutNoLocal == null) == (that.withoutNoLocal == null)
                && Arrays.equals(identifiers, that.identifiers);
    }

    @Override
    String key() {
        return subscriber.clientId();
    }
}
