package io.coppice.codec;

/**
 * The working memory that the decoders of one event loop use in turn: the bytes of the packet being read and
 * the topics seen lately. One a loop, so that a connection at rest holds none. Not thread-safe.
 */
public final class DecoderScratch {
    private static final int TOPICS_LOG2 = 10;

    final PacketReader reader = new PacketReader();
    final PropertyReader properties = new PropertyReader();
    final TopicCache topics;

    /** Remembers 1,024 topics of up to 256 bytes. */
    public DecoderScratch() {
        this(TOPICS_LOG2);
    }

    DecoderScratch(int topicsLog2) {
        topics = new TopicCache(topicsLog2);
    }
}
