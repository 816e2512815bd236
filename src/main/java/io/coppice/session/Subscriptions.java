package io.coppice.session;

import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of a session by filter, in the order they were first made. Most sessions have few: those
 * stay in an array of their number, which costs a fraction of a map.
 */
final class Subscriptions {
    private static final int ARRAY_MAX = 8;
    private static final Subscription[] NONE = new Subscription[0];

    /** All of them, while there is no map. */
    private Subscription[] few = NONE;
    /** All of them, once they were more than {@link #ARRAY_MAX}. */
    private @Nullable Map<TopicFilter, Subscription> many;

    int size() {
        return many != null ? many.size() : few.length;
    }

    @Nullable
    Subscription get(TopicFilter filter) {
        if (many != null) {
            return many.get(filter);
        }
        int i = indexOf(filter);
        return i < 0 ? null : few[i];
    }

    /** Adds a subscription, or puts it in the place of the one with its filter. */
    void put(Subscription subscription) {
        if (many != null) {
            many.put(subscription.filter(), subscription);
            return;
        }
        int i = indexOf(subscription.filter());
        if (i >= 0) {
            few[i] = subscription;
        } else if (few.length < ARRAY_MAX) {
            few = Arrays.copyOf(few, few.length + 1);
            few[few.length - 1] = subscription;
        } else {
            Map<TopicFilter, Subscription> map = new LinkedHashMap<>();
            for (Subscription each : few) {
                map.put(each.filter(), each);
            }
            map.put(subscription.filter(), subscription);
            many = map;
            few = NONE;
        }
    }

    /** Whether there was a subscription with the filter. */
    boolean remove(TopicFilter filter) {
        if (many != null) {
            boolean removed = many.remove(filter) != null;
            if (many.size() <= ARRAY_MAX / 2) {
                few = many.values().toArray(NONE);
                many = null;
            }
            return removed;
        }
        int i = indexOf(filter);
        if (i < 0) {
            return false;
        }
        Subscription[] rest = Arrays.copyOf(few, few.length - 1);
        System.arraycopy(few, i + 1, rest, i, rest.length - i);
        few = rest;
        return true;
    }

    /** The subscriptions as they are now. */
    Collection<Subscription> all() {
        return many != null ? List.copyOf(many.values()) : List.of(few);
    }

    /** Whether the record is about subscriptions; then it is applied. */
    boolean replay(SessionRecord record) {
        if (record instanceof SessionRecord.Subscribed subscribed) {
            put(subscribed.subscription());
        } else if (record instanceof SessionRecord.Unsubscribed unsubscribed) {
            remove(unsubscribed.filter());
        } else {
            return false;
        }
        return true;
    }

    void snapshot(Consumer<SessionRecord> to) {
        all().forEach(each -> to.accept(new SessionRecord.Subscribed(each)));
    }

    private int indexOf(TopicFilter filter) {
        for (int i = 0; i < few.length; i++) {
            if (few[i].filter().equals(filter)) {
                return i;
            }
        }
        return -1;
    }
}
