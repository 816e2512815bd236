package io.coppice.cluster;

import io.coppice.port.Colleagues;
import io.coppice.port.NodeId;
import io.coppice.port.View;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Questions to other nodes and their answers, over the event bus as bytes; each node has one address for them beside those of its loops. */
public final class BusColleagues implements Colleagues {
    /** In the place of the number of a loop. */
    private static final int DESK = -1;

    /** Bytes of a question; what people ask is bounded far below by their own door. */
    static final int QUESTION_BYTES_MAX = 4 << 20;

    private final NodeId self;
    private final EventBus bus;
    private final HazelcastMember member;
    private @Nullable MessageConsumer<Object> consumer;

    public BusColleagues(NodeId self, Vertx vertx, HazelcastMember member) {
        this.self = self;
        this.bus = vertx.eventBus();
        this.member = member;
    }

    @Override
    public List<NodeId> present() {
        return member.members().stream()
                .map(View.Member::id)
                .filter(id -> !id.equals(self))
                .toList();
    }

    @Override
    public void ask(NodeId node, byte[] question, long millisMax, Consumer<Reply> then) {
        if (question.length > QUESTION_BYTES_MAX) {
            then.accept(Reply.failed("the question is longer than " + QUESTION_BYTES_MAX + " bytes"));
            return;
        }
        bus.<Object>request(
                        BusClusterManager.address(node, DESK),
                        Buffer.buffer(question),
                        new DeliveryOptions().setSendTimeout(millisMax))
                .onComplete(
                        reply -> then.accept(
                                reply.body() instanceof Buffer bytes
                                        ? new Reply(bytes.getBytes(), "")
                                        : Reply.failed("it answered what does not read")),
                        fault -> then.accept(Reply.failed(String.valueOf(fault.getMessage()))));
    }

    @Override
    public synchronized void answer(BiConsumer<byte[], Consumer<byte[]>> answering) {
        consumer = bus.consumer(BusClusterManager.address(self, DESK), message -> {
            if (message.body() instanceof Buffer question && question.length() <= QUESTION_BYTES_MAX) {
                answering.accept(question.getBytes(), answer -> message.reply(Buffer.buffer(answer)));
            }
        });
    }

    /** Answers nothing more. */
    public synchronized void close() {
        if (consumer != null) {
            consumer.unregister();
            consumer = null;
        }
    }
}
