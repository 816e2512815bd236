package io.coppice.blackbox;

import static io.coppice.blackbox.ByteReader.check;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * A WebSocket (RFC 6455) by hand: masked frames out, and a strict eye on the frames that come in. MQTT packets lie
 * across frames as they like.
 */
public final class WebSocketLink implements Link {
    static final String PATH = "/mqtt";

    public static final int CONTINUATION = 0x0;
    public static final int TEXT = 0x1;
    public static final int BINARY = 0x2;
    public static final int CLOSE = 0x8;
    public static final int PING = 0x9;
    public static final int PONG = 0xA;

    private static final int FIN = 0x80;
    private static final int MASKED = 0x80;
    private static final byte[] MASK = {0x11, 0x22, 0x33, 0x44};
    private static final int CONTROL_MAX = 125;

    private final Link tcp;
    private long left;
    private boolean fragmented;
    private int closeCode = -1;

    WebSocketLink(Link tcp) {
        this.tcp = tcp;
    }

    static WebSocketLink open(int port, String path) throws IOException {
        Link tcp = new TcpLink(port);
        Upgrade.Response response = Upgrade.ask(tcp, Upgrade.request(path));
        response.assertAccepted();
        return new WebSocketLink(tcp);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        frame(FIN | BINARY, true, bytes.length, bytes);
    }

    /** One message in frames of at most {@code chunk} bytes. */
    void writeFragmented(byte[] bytes, int chunk) throws IOException {
        for (int from = 0; from < bytes.length; from += chunk) {
            int to = Math.min(from + chunk, bytes.length);
            int fin = to == bytes.length ? FIN : 0;
            byte[] part = Arrays.copyOfRange(bytes, from, to);
            frame(fin | (from == 0 ? BINARY : CONTINUATION), true, part.length, part);
        }
    }

    /**
     * Sends any frame.
     *
     * @param firstByte FIN (80), reserved bits and opcode
     * @param length what the header claims, whatever the payload is
     */
    public void frame(int firstByte, boolean masked, long length, byte[] payload) throws IOException {
        ByteWriter frame = new ByteWriter().int8(firstByte);
        int maskBit = masked ? MASKED : 0;
        if (length < 126) {
            frame.int8(maskBit | length);
        } else if (length < 65536) {
            frame.int8(maskBit | 126).int16(length);
        } else {
            frame.int8(maskBit | 127).int32(length >> 32).int32(length);
        }
        byte[] sent = payload.clone();
        if (masked) {
            frame.raw(MASK);
            for (int i = 0; i < sent.length; i++) {
                sent[i] ^= MASK[i & 3];
            }
        }
        tcp.write(frame.raw(sent).bytes());
    }

    /** Sends bytes below the frames, as they are. */
    public void raw(byte[] bytes) throws IOException {
        tcp.write(bytes);
    }

    /** The code of the server's Close frame; -1 if none came, 1005 if it bore none. */
    public int closeCode() {
        return closeCode;
    }

    @Override
    public int read(long deadline) throws IOException {
        while (left == 0) {
            if (closeCode >= 0 || !header(deadline)) {
                return -1;
            }
        }
        left--;
        return need(deadline);
    }

    private boolean header(long deadline) throws IOException {
        int first = tcp.read(deadline);
        if (first < 0) {
            return false;
        }
        check((first & 0x70) == 0, "reserved bits in a WebSocket frame");
        int second = need(deadline);
        check(second < 0x80, "a masked WebSocket frame from a server");
        long length = length(second, deadline);
        int opcode = first & 0x0F;
        switch (opcode) {
            case BINARY, CONTINUATION -> {
                check(fragmented == (opcode == CONTINUATION), "a WebSocket continuation out of order");
                fragmented = (first & FIN) == 0;
                left = length;
            }
            case CLOSE, PING, PONG -> {
                check((first & FIN) != 0 && length <= CONTROL_MAX, "a split or long WebSocket control frame");
                control(opcode, payload((int) length, deadline));
            }
            default -> check(false, "a WebSocket frame with opcode " + opcode);
        }
        return true;
    }

    private long length(int second, long deadline) throws IOException {
        if (second < 126) {
            return second;
        }
        long length = 0;
        for (int i = second == 126 ? 2 : 8; i > 0; i--) {
            length = length << 8 | need(deadline);
        }
        check(length >= (second == 126 ? 126 : 65536), "a WebSocket length longer than need be");
        return length;
    }

    private void control(int opcode, byte[] payload) throws IOException {
        if (opcode == CLOSE) {
            check(payload.length != 1, "a WebSocket close code of one byte");
            closeCode = payload.length == 0 ? 1005 : (payload[0] & 0xFF) << 8 | (payload[1] & 0xFF);
        } else if (opcode == PING) {
            frame(FIN | PONG, true, payload.length, payload);
        }
    }

    private byte[] payload(int length, long deadline) throws IOException {
        byte[] payload = new byte[length];
        for (int i = 0; i < length; i++) {
            payload[i] = (byte) need(deadline);
        }
        return payload;
    }

    private int need(long deadline) throws IOException {
        int next = tcp.read(deadline);
        if (next < 0) {
            throw new AssertionError("the server closed inside a WebSocket frame");
        }
        return next;
    }

    /** A Close frame of ours; the answer is read as the end. */
    @Override
    public void finish() throws IOException {
        frame(FIN | CLOSE, true, 2, new byte[] {0x03, (byte) 0xE8});
    }

    @Override
    public void abort() throws IOException {
        tcp.abort();
    }

    @Override
    public void close() {
        tcp.close();
    }

    static long in(int seconds) {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }
}
