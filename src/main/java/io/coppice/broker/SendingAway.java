package io.coppice.broker;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Iterator;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Sends clients of one shard away at a rate, so that they do not all come to the next node in one moment. Each is first waited for,
 * for a bounded time, to acknowledge what it was sent at QoS 1 and 2 and to be answered what it has published, so that as little as can
 * be is sent twice. On the loop of the shard.
 */
final class SendingAway implements Runnable {
    /** At a time, whatever the rate. */
    static final int SLICE = 200;

    private static final long PAUSE_MILLIS = 5;

    /** A client whose turn has come, and until when it is waited for. */
    private record Leaver(Client client, long deadline) {}

    private final Shard shard;
    private final double aMilli;
    private final BooleanSupplier goesOn;
    private final Consumer<Client> end;
    private final Runnable done;
    private final ArrayDeque<Client> left;
    private final ArrayDeque<Leaver> settling = new ArrayDeque<>();
    private final long begun;
    private long taken;

    /**
     * Nothing happens before {@link #run}.
     *
     * @param aMilli clients a millisecond
     * @param goesOn false as soon as no further client is to go
     * @param end sends one away
     * @param done told when all have been sent away, or none goes any more
     */
    SendingAway(
            Shard shard,
            Collection<Client> clients,
            double aMilli,
            BooleanSupplier goesOn,
            Consumer<Client> end,
            Runnable done) {
        this.shard = shard;
        this.left = new ArrayDeque<>(clients);
        this.aMilli = aMilli;
        this.goesOn = goesOn;
        this.end = end;
        this.done = done;
        this.begun = shard.loop.now();
    }

    @Override
    public void run() {
        long now = shard.loop.now();
        long deadline = now + shard.settings.drain().settleMillisMax();
        if (!goesOn.getAsBoolean()) {
            left.clear();
        }
        long due = 1 + (long) (aMilli * (now - begun + PAUSE_MILLIS));
        for (int i = 0; i < SLICE && taken < due && !left.isEmpty(); i++) {
            settling.add(new Leaver(left.remove(), deadline));
            taken++;
        }
        for (Iterator<Leaver> all = settling.iterator(); all.hasNext(); ) {
            Leaver leaver = all.next();
            if (leaver.client.settle() || now >= leaver.deadline) {
                all.remove();
                end.accept(leaver.client);
            }
        }
        if (left.isEmpty() && settling.isEmpty()) {
            done.run();
        } else {
            shard.loop.after(PAUSE_MILLIS, this);
        }
    }
}
