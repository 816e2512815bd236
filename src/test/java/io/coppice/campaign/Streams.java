package io.coppice.campaign;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** What each publisher has sent to each topic, a few bytes a message. */
final class Streams {
    /** @param publisher client identifier */
    record Key(String publisher, String topic) {}

    /** The messages of one publisher and topic, all of one QoS, by their numbers. */
    static final class Sent {
        final int qos;
        int count;
        long[] sent = new long[64];
        /** When it was answered with success; {@link Long#MAX_VALUE} where it was not. */
        long[] acked = new long[64];

        Sent(int qos) {
            this.qos = qos;
        }

        boolean isAcked(int number) {
            return acked[number] != Long.MAX_VALUE;
        }
    }

    final Map<Key, Sent> all = new HashMap<>();

    void see(Event event) {
        if (event.kind() == Event.Kind.SEND) {
            Sent stream = all.computeIfAbsent(key(event), key -> new Sent(event.number(3)));
            if (event.number(2) != stream.count || event.number(3) != stream.qos) {
                throw new IllegalArgumentException("numbers run from 0, at one QoS: " + event.line());
            }
            if (stream.count == stream.sent.length) {
                stream.sent = Arrays.copyOf(stream.sent, 2 * stream.count);
                stream.acked = Arrays.copyOf(stream.acked, 2 * stream.count);
            }
            stream.sent[stream.count] = event.micros();
            stream.acked[stream.count++] = Long.MAX_VALUE;
        } else if (event.kind() == Event.Kind.ACK && isSuccess(event.word(4))) {
            all.get(key(event)).acked[event.number(2)] = event.micros();
        }
    }

    /** @param code of an answer, or why there is none */
    static boolean isSuccess(String code) {
        return code.startsWith("0x") && Integer.parseInt(code.substring(2), 16) < 0x80;
    }

    private static Key key(Event event) {
        return new Key(event.word(0), event.word(1));
    }
}
