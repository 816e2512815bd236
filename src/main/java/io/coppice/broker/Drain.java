package io.coppice.broker;

import java.util.ArrayList;
import java.util.List;

/** The clients of one shard are sent away because the node stops. The shards have equal parts of the rate, and none takes longer than a stop may. */
final class Drain {
    private Drain() {}

    /** @param done told when all that the clients were told and all their records are safe */
    static void begin(Shard shard, Runnable done) {
        List<Client> clients = connected(shard);
        DrainSettings settings = shard.settings.drain();
        double aMilli = aMilli(shard, settings.rateMax());
        // the last ones have to acknowledge what is in flight within the time too
        long millis = Math.max(1, settings.millisMax() - settings.settleMillisMax());
        aMilli = Math.max(aMilli, (double) clients.size() / millis);
        shard.adopting.over();
        new SendingAway(
                        shard,
                        clients,
                        aMilli,
                        () -> true,
                        Client::sendAway,
                        () -> shard.whenStored(safe -> done.run()))
                .run();
    }

    static List<Client> connected(Shard shard) {
        List<Client> clients = new ArrayList<>();
        for (SessionSlot slot : shard.slots.values()) {
            if (slot.client != null) {
                clients.add(slot.client);
            }
        }
        return clients;
    }

    /** A shard's part of a rate, clients a millisecond. */
    static double aMilli(Shard shard, int aSecond) {
        return aSecond == 0 ? SendingAway.SLICE : aSecond / 1_000.0 / shard.broker.shards.size();
    }

    /** Milliseconds until so many have gone at the rate. */
    static long millisLeft(long clients, int aSecond) {
        return aSecond == 0 ? 0 : (clients * 1_000 + aSecond - 1) / aSecond;
    }
}
