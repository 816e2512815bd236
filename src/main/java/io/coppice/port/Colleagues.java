package io.coppice.port;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The other nodes, asked by people's tools: one question, one answer, each some kilobytes of which only who asks and who answers knows the meaning. */
public interface Colleagues {
    /** Of a node that is alone. */
    Colleagues NONE = new Colleagues() {
        @Override
        public List<NodeId> present() {
            return List.of();
        }

        @Override
        public void ask(NodeId node, byte[] question, long millisMax, Consumer<Reply> then) {
            then.accept(Reply.failed("this node is alone"));
        }

        @Override
        public void answer(BiConsumer<byte[], Consumer<byte[]>> answering) {}
    };

    /**
     * What came of a question.
     *
     * @param bytes the answer; null where none came
     * @param fault why, in words; empty where one came
     */
    record Reply(byte @Nullable [] bytes, String fault) {
        public static Reply failed(String fault) {
            return new Reply(null, fault);
        }
    }

    /** The others in sight. */
    List<NodeId> present();

    /**
     * Asks a node.
     *
     * @param millisMax after which its answer does not matter any more
     * @param then called once, on any thread
     */
    void ask(NodeId node, byte[] question, long millisMax, Consumer<Reply> then);

    /** From now on questions of others are answered by this; it is called on any thread and may answer on any. */
    void answer(BiConsumer<byte[], Consumer<byte[]>> answering);
}
