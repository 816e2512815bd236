package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.port.Tracing;
import io.coppice.session.DropReason;
import org.jspecify.annotations.Nullable;

/**
 * A will on its way. No client repeats it, so the broker does where someone could not take it safely, such as a session
 * that was taken away from a node that is gone at that moment.
 */
final class PublishedWill {
    private static final int TRIES = 10;
    private static final long RETRY_MILLIS = 1_000;

    private final Shard shard;
    private final @Nullable SessionSlot client;
    private final Message will;
    private final Runnable then;
    private int triesLeft = TRIES;

    private PublishedWill(Shard shard, @Nullable SessionSlot client, Message will, Runnable then) {
        this.shard = shard;
        this.client = client;
        this.will = will;
        this.then = then;
    }

    /**
     * Publishes a will, unless an operator has banned its client or user meanwhile.
     *
     * @param client null where its session went with a node that is gone
     * @param then run on the shard's loop when everyone has it; not where the node leaves before that, for then somebody
     *     else publishes it
     */
    static void publish(Shard shard, @Nullable SessionSlot client, Message will, Runnable then) {
        String user = client == null ? null : client.session.owner();
        if (shard.broker.guards.isBannedByHand(will.publisher(), user, shard.loop.now())) {
            shard.drops.refused(DropReason.NOT_AUTHORIZED, will);
            then.run();
            return;
        }
        shard.openWills++;
        new PublishedWill(shard, client, followed(shard, will), then).attempt();
    }

    private static Message followed(Shard shard, Message will) {
        return shard.tracing.isOn() ? shard.tracing.published(Tracing.Event.WILL, will) : will;
    }

    private void attempt() {
        if (shard.broker.isSilent()) {
            return;
        }
        triesLeft--;
        Receipt waiting = Receipt.before(shard, this::answered);
        shard.router.publishWill(client, will, waiting);
        waiting.seal(false);
    }

    private void answered(boolean safe) {
        if (safe || triesLeft == 0) {
            shard.openWills--;
            then.run();
        } else {
            shard.loop.after(RETRY_MILLIS, this::attempt);
        }
    }
}
