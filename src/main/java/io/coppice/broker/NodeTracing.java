package io.coppice.broker;

import io.coppice.port.Spans;
import io.coppice.port.Tracing;
import java.util.function.Consumer;

/** Hands traces to all loops of the node. */
final class NodeTracing implements Tracing {
    private final Broker broker;

    NodeTracing(Broker broker) {
        this.broker = broker;
    }

    @Override
    public void begin(Wanted wanted, Consumer<Step> told) {
        for (Shard shard : broker.shards) {
            shard.loop.execute(() -> shard.tracing.begin(new FollowedTrace(wanted, told)));
        }
    }

    @Override
    public void spans(Spans told, int sample) {
        for (Shard shard : broker.shards) {
            shard.loop.execute(() -> shard.tracing.spans(told, sample));
        }
    }

    @Override
    public void end(long number) {
        for (Shard shard : broker.shards) {
            shard.loop.execute(() -> shard.tracing.end(number));
        }
    }
}
