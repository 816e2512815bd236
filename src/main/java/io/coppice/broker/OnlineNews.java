package io.coppice.broker;

import io.coppice.mqtt.TopicFilter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Members of shared subscriptions that have come online or gone: other nodes are told at once, but not more often than
 * they can hear. Nobody waits for it. On the first loop.
 */
final class OnlineNews {
    /** Between two announcements. A message that is sent by what was true before it finds another member all the same. */
    static final long GAP_MILLIS = 100;

    /** Filters in one announcement; what is more waits for the next. */
    static final int FILTERS_MAX = 1000;

    private final Broker broker;
    private final Consumer<List<TopicFilter>> announce;
    private final Set<TopicFilter> changed = new LinkedHashSet<>();
    private long nextAt = Long.MIN_VALUE;
    private boolean scheduled;

    OnlineNews(Broker broker, Consumer<List<TopicFilter>> announce) {
        this.broker = broker;
        this.announce = announce;
    }

    void changed(Collection<TopicFilter> filters) {
        changed.addAll(filters);
        tell();
    }

    private void tell() {
        if (scheduled || changed.isEmpty() || broker.isStopped()) {
            return;
        }
        long now = broker.shards.get(0).loop.now();
        if (now >= nextAt) {
            nextAt = now + GAP_MILLIS;
            announce.accept(take());
        }
        if (!changed.isEmpty()) {
            scheduled = true;
            broker.shards.get(0).loop.after(nextAt - now, () -> {
                scheduled = false;
                tell();
            });
        }
    }

    private List<TopicFilter> take() {
        List<TopicFilter> some = new ArrayList<>(Math.min(changed.size(), FILTERS_MAX));
        Iterator<TopicFilter> each = changed.iterator();
        while (some.size() < FILTERS_MAX && each.hasNext()) {
            some.add(each.next());
            each.remove();
        }
        return some;
    }
}
