package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.port.Counters;
import io.coppice.session.DropReason;
import org.jspecify.annotations.Nullable;

/** What goes no further on one loop: it is counted by its reason, and told to whoever follows it. */
final class Drops {
    private final Counters counters;
    private final ShardTracing tracing;

    Drops(Counters counters, ShardTracing tracing) {
        this.counters = counters;
        this.tracing = tracing;
    }

    /** @param to who does not get it; null where it is nobody's yet, or that of several */
    void dropped(DropReason reason, Message message, @Nullable SessionSlot to) {
        counters.dropped(reason);
        tell(reason, message, to);
    }

    /** Before it is known whom it is for. */
    void refused(DropReason reason, Message message) {
        counters.refused(reason);
        tell(reason, message, null);
    }

    /** So many times. */
    void dropped(DropReason reason, Message message, long times) {
        counters.dropped(reason, times);
        tell(reason, message, null);
    }

    private void tell(DropReason reason, Message message, @Nullable SessionSlot to) {
        if (message.trail() != null || to != null && to.trace != null) {
            tracing.dropped(reason.label(), message, to);
        }
    }
}
