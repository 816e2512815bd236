package io.coppice.broker;

import io.coppice.port.Loop;
import java.util.ArrayDeque;

/**
 * Output of the connections of one loop, which leaves in slices: a message to very many is a system call for each of them, and
 * nobody else is to wait for all of these. The first of a turn leave at once. The others follow in their order, each slice behind
 * what the network has brought meanwhile. On its loop alone.
 */
final class Flushes {
    static final int SLICE = 128;

    private final Loop loop;
    private final Runnable flushSome = this::flushSome;
    private final ArrayDeque<Client> waiting = new ArrayDeque<>(0);
    private int left;

    Flushes(Loop loop) {
        this.loop = loop;
    }

    /** What comes now may leave at once again, up to a slice. */
    void begin() {
        left = SLICE;
    }

    /** @param mark as {@link io.coppice.port.Connection#flush} has it */
    void flush(Client client, long mark) {
        if (client.flushesUpTo > 0) {
            client.flushesUpTo = Math.max(client.flushesUpTo, mark);
        } else if (left > 0) {
            left--;
            client.connection.flush(mark);
        } else if (mark > 0) {
            client.flushesUpTo = mark;
            waiting.add(client);
            if (waiting.size() == 1) {
                loop.after(0, flushSome);
            }
        }
    }

    private void flushSome() {
        for (int i = 0; i < SLICE && !waiting.isEmpty(); i++) {
            Client client = waiting.remove();
            long mark = client.flushesUpTo;
            client.flushesUpTo = 0;
            client.connection.flush(mark);
        }
        if (!waiting.isEmpty()) {
            loop.after(0, flushSome);
        }
    }
}
