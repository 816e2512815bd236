package io.coppice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import org.jspecify.annotations.Nullable;

/**
 * Takes MQTT out of a client's WebSocket frames and puts it into frames on its way back (RFC 6455, 5; MQTT 5, 6).
 * Packets need not be aligned with frames, so a payload is passed on as it comes, without waiting for the end
 * of its frame: the size of a frame costs no memory, and that of a packet is the decoder's concern.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends in exceptionCaught, a close in channelInactive
final class WebSocketFrames extends ChannelDuplexHandler {
    private static final int CONTINUATION = 0;
    private static final int BINARY = 2;
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private static final int NORMAL = 1000;
    private static final int PROTOCOL_ERROR = 1002;
    private static final int UNSUPPORTED_DATA = 1003;

    private static final int FINAL = 0x80;
    private static final int RESERVED = 0x70;
    private static final int MASKED = 0x80;
    private static final int HEAD_SIZE_MAX = 14;
    private static final int CONTROL_PAYLOAD_MAX = 125;

    private @Nullable ChannelHandlerContext context;
    /** The beginning of a header, or of a control frame, that has not yet come whole. */
    private @Nullable ByteBuf begun;
    /** Payload of the data frame at hand that is still to come, in bytes. */
    private long remaining;
    /** Payload in the bytes that are being read that was not passed on. */
    private int payloadFrom;

    private int payloadSize;

    private int mask;
    private int maskOffset;
    private boolean inMessage;
    private boolean inputOver;
    /** A {@link WebSocketViolation}, or the event that the input is over; null where that was told, or is not so. */
    private @Nullable Object ending;

    /** The answer to the last PING of the bytes that are being read: those before it need none (RFC 6455, 5.5.3). */
    private @Nullable ByteBuf pong;

    private boolean closeSaid;
    private int closeCode = NORMAL;

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        inputOver = true;
        releaseBegun();
    }

    // --- from the client

    @Override
    public void channelRead(ChannelHandlerContext reader, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable() && !inputOver) {
                if (remaining > 0) {
                    payload(in);
                } else {
                    frame(reader, in);
                }
            }
            passOn(reader, in);
            answerPing(reader);
            end(reader);
        } finally {
            payloadSize = 0;
            releasePong();
            in.release();
        }
    }

    /** Moves payload to what was read before it, so that many small frames cost little more than one. */
    private void payload(ByteBuf in) {
        int size = (int) Math.min(remaining, in.readableBytes());
        int from = in.readerIndex();
        unmask(in, from, size);
        remaining -= size;
        in.skipBytes(size);
        if (payloadSize == 0) {
            payloadFrom = from;
        } else {
            in.setBytes(payloadFrom + payloadSize, in, from, size);
        }
        payloadSize += size;
    }

    private void passOn(ChannelHandlerContext reader, ByteBuf in) {
        int size = payloadSize;
        if (size > 0) {
            payloadSize = 0;
            reader.fireChannelRead(in.retainedSlice(payloadFrom, size));
        }
    }

    private void unmask(ByteBuf in, int from, int size) {
        int rotated = Integer.rotateLeft(mask, 8 * (maskOffset & 3));
        long wide = (long) rotated << 32 | (rotated & 0xFFFF_FFFFL);
        int index = from;
        int end = from + size;
        for (; end - index >= 8; index += 8) {
            in.setLong(index, in.getLong(index) ^ wide);
        }
        for (int shift = 24; index < end; index++, shift = shift == 0 ? 24 : shift - 8) {
            in.setByte(index, in.getByte(index) ^ (rotated >>> shift));
        }
        maskOffset += size;
    }

    /** Reads one header, or one control frame, if it is whole; else keeps its beginning. */
    private void frame(ChannelHandlerContext reader, ByteBuf in) {
        ByteBuf kept = begun;
        if (kept == null) {
            if (in.readableBytes() >= unitSize(in)) {
                unit(reader, in);
                return;
            }
            kept = reader.alloc().buffer(HEAD_SIZE_MAX, HEAD_SIZE_MAX + CONTROL_PAYLOAD_MAX);
            begun = kept;
        }
        int missing;
        while ((missing = unitSize(kept) - kept.readableBytes()) > 0 && in.isReadable()) {
            kept.writeBytes(in, Math.min(missing, in.readableBytes()));
        }
        if (missing <= 0) {
            begun = null;
            try {
                unit(reader, kept);
            } finally {
                kept.release();
            }
        }
    }

    /** Bytes of a header, with its payload if it is a control frame, as far as the bytes at hand tell. */
    private static int unitSize(ByteBuf in) {
        if (in.readableBytes() < 2) {
            return 2;
        }
        int opcode = in.getByte(in.readerIndex()) & 0x0F;
        int second = in.getByte(in.readerIndex() + 1);
        if ((second & MASKED) == 0) {
            // Enough to refuse it.
            return 2;
        }
        int length = second & 0x7F;
        boolean control = opcode >= CLOSE && length <= CONTROL_PAYLOAD_MAX;
        int lengthSize = length <= CONTROL_PAYLOAD_MAX ? 0 : length == 126 ? 2 : 8;
        return 2 + lengthSize + 4 + (control ? length : 0);
    }

    private void unit(ChannelHandlerContext reader, ByteBuf in) {
        int first = in.readByte();
        int second = in.readByte();
        int opcode = first & 0x0F;
        boolean last = (first & FINAL) != 0;
        if ((first & RESERVED) != 0 || (second & MASKED) == 0) {
            fail(PROTOCOL_ERROR);
            return;
        }
        long length = length(in, second & 0x7F);
        mask = in.readInt();
        maskOffset = 0;
        if (length < 0) {
            fail(PROTOCOL_ERROR);
        } else if (opcode >= CLOSE) {
            control(reader, in, opcode, last, length);
        } else if (opcode == TEXT) {
            // MQTT-6.0.0-1
            fail(UNSUPPORTED_DATA);
        } else if (opcode != (inMessage ? CONTINUATION : BINARY)) {
            fail(PROTOCOL_ERROR);
        } else {
            inMessage = !last;
            remaining = length;
        }
    }

    /** The payload's length; negative where it is not written in the shortest way. */
    private static long length(ByteBuf in, int coded) {
        if (coded <= CONTROL_PAYLOAD_MAX) {
            return coded;
        }
        if (coded == 126) {
            int length = in.readUnsignedShort();
            return length > CONTROL_PAYLOAD_MAX ? length : -1;
        }
        long length = in.readLong();
        return length > 0xFFFF ? length : -1;
    }

    private void control(ChannelHandlerContext reader, ByteBuf in, int opcode, boolean last, long length) {
        if (!last || length > CONTROL_PAYLOAD_MAX || opcode > PONG) {
            fail(PROTOCOL_ERROR);
            return;
        }
        int size = (int) length;
        unmask(in, in.readerIndex(), size);
        ByteBuf payload = in.readSlice(size);
        if (opcode == PING) {
            // A client that does not read has no use for more of them.
            if (reader.channel().isWritable()) {
                ByteBuf answer = pong;
                if (answer == null) {
                    answer = reader.alloc().buffer(2 + CONTROL_PAYLOAD_MAX);
                    pong = answer;
                }
                answer.clear().writeByte(FINAL | PONG).writeByte(size).writeBytes(payload);
            }
        } else if (opcode == CLOSE) {
            inputOver = true;
            if (size >= 2) {
                closeCode = payload.getUnsignedShort(payload.readerIndex());
            }
            ending = ChannelInputShutdownEvent.INSTANCE;
        }
    }

    private void answerPing(ChannelHandlerContext reader) {
        ByteBuf answer = pong;
        if (answer == null || closeSaid) {
            return;
        }
        pong = null;
        reader.writeAndFlush(answer, reader.voidPromise());
    }

    private void fail(int code) {
        inputOver = true;
        closeCode = code;
        ending = new WebSocketViolation(code);
    }

    /** Tells of the end of the input, if this was it, after what came before. */
    private void end(ChannelHandlerContext reader) {
        Object event = ending;
        ending = null;
        if (event instanceof WebSocketViolation violation) {
            reader.fireExceptionCaught(violation);
        } else if (event != null) {
            reader.fireUserEventTriggered(event);
        }
    }

    private void releaseBegun() {
        if (begun != null) {
            begun.release();
            begun = null;
        }
    }

    private void releasePong() {
        if (pong != null) {
            pong.release();
            pong = null;
        }
    }

    // --- to the client

    @Override
    public void write(ChannelHandlerContext writer, Object message, ChannelPromise promise) {
        ByteBuf payload = (ByteBuf) message;
        int size = payload.readableBytes();
        if (size > 0) {
            writer.write(head(writer, size), writer.voidPromise());
        }
        writer.write(payload, promise);
    }

    private static ByteBuf head(ChannelHandlerContext writer, int size) {
        ByteBuf head = writer.alloc().directBuffer(HEAD_SIZE_MAX);
        head.writeByte(FINAL | BINARY);
        if (size <= CONTROL_PAYLOAD_MAX) {
            head.writeByte(size);
        } else if (size <= 0xFFFF) {
            head.writeByte(126).writeShort(size);
        } else {
            head.writeByte(127).writeLong(size);
        }
        return head;
    }

    /** Writes the close frame, once: the answer to the client's, or our own. */
    void sayClose() {
        ChannelHandlerContext writer = context;
        if (closeSaid || writer == null) {
            return;
        }
        closeSaid = true;
        ByteBuf frame = writer.alloc().buffer(4);
        frame.writeByte(FINAL | CLOSE).writeByte(2).writeShort(closeCode);
        writer.write(frame, writer.voidPromise());
    }

    @Override
    public void close(ChannelHandlerContext closer, ChannelPromise promise) {
        sayClose();
        closer.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> closer.close(promise));
    }
}
