package io.coppice.codec;

import io.coppice.mqtt.SpanContext;
import io.coppice.mqtt.Trail;
import io.netty.buffer.ByteBuf;

/** By what a message is followed, as bytes: between nodes only, and only of the few messages that are. */
final class TrailCodec {
    /** Of the traces that follow one message. */
    private static final int TRACES_MAX = 0xFF;

    private TrailCodec() {}

    static void write(Trail trail, ByteBuf out) {
        SpanContext span = trail.span();
        int traces = Math.min(TRACES_MAX, trail.traces().length);
        out.writeLong(trail.message());
        PacketWriter.variableBytes(trail.hops(), out);
        out.writeByte(traces);
        for (int i = 0; i < traces; i++) {
            out.writeLong(trail.traces()[i]);
        }
        out.writeByte(span == null ? 0 : 1);
        if (span != null) {
            out.writeLong(span.traceHigh());
            out.writeLong(span.traceLow());
            out.writeLong(span.span());
        }
    }

    static Trail read(PacketReader in) {
        long message = MessageCodec.eightBytes(in, "message name");
        if (message == 0) {
            throw PacketReader.malformed("a message that is followed is named 0");
        }
        int hops = in.variableBytes("hops");
        long[] traces = new long[in.oneByte("number of traces")];
        for (int i = 0; i < traces.length; i++) {
            traces[i] = MessageCodec.eightBytes(in, "trace");
        }
        int spans = in.oneByte("span flag");
        if (spans > 1) {
            throw PacketReader.malformed("span flag " + spans + " is unknown");
        }
        SpanContext span = spans == 0
                ? null
                : new SpanContext(
                        MessageCodec.eightBytes(in, "trace identifier"),
                        MessageCodec.eightBytes(in, "trace identifier"),
                        MessageCodec.eightBytes(in, "span"));
        return new Trail(message, traces, hops, span);
    }
}
