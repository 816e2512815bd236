package io.coppice.broker;

import io.coppice.port.Home;
import io.coppice.port.PeerMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The sessions that are on their way between this loop and other nodes. */
final class Moves {
    private final Shard shard;
    private long lastMove;
    /** By number: sessions that come here. */
    private final Map<Long, Coming> coming = new HashMap<>();

    /** By number: sessions that are looked for. */
    private final Map<Long, Search> searches = new HashMap<>();

    private final Map<Peer, Map<Long, Departure>> departing = new HashMap<>();

    Moves(Shard shard) {
        this.shard = shard;
    }

    /**
     * Brings a session here that this shard has claimed from another node; see {@link Coming}.
     *
     * @param then told on this loop
     */
    void begin(Peer from, Home former, String clientId, long epoch, boolean cleanStart, Consumer<Found> then) {
        long number = nextMove();
        Coming move = new Coming(shard, from, former, number, clientId, epoch, cleanStart, then);
        coming.put(number, move);
        move.begin();
    }

    /** Other nodes know moves to all loops of this one by their numbers. */
    private long nextMove() {
        return ++lastMove * shard.broker.shards.size() + shard.index;
    }

    /** Looks for a session that this shard has claimed from a node that is gone; see {@link Search}. */
    void search(String clientId, long epoch, Runnable nowhere, Consumer<Found> then) {
        long number = nextMove();
        Search search = new Search(shard, number, clientId, epoch, nowhere, then);
        searches.put(number, search);
        search.begin();
    }

    void searched(long number) {
        searches.remove(number);
    }

    /** A session that was looked for comes. */
    void coming(Coming move, PeerMessage.Frozen frozen) {
        coming.put(frozen.move(), move);
        move.frozen(frozen);
    }

    void received(Peer peer, int fromShard, PeerMessage.Moving message) {
        if (message instanceof PeerMessage.Yield yield) {
            Departure.begin(shard, shard.lanes.to(peer, fromShard), yield);
            return;
        }
        if (message instanceof PeerMessage.Claimed claimed) {
            Search.answer(shard, peer, fromShard, claimed);
            return;
        }
        Search search = searches.get(message.move());
        if (search != null && message instanceof PeerMessage.Frozen frozen) {
            search.answered(peer, fromShard, frozen);
            return;
        }
        if (message instanceof PeerMessage.Announced) {
            Departure leaving = departing.getOrDefault(peer, Map.of()).get(message.move());
            if (leaving != null) {
                leaving.announced();
            }
            return;
        }
        Coming move = coming.get(message.move());
        if (message instanceof PeerMessage.Late late) {
            shard.counters.arrived();
            ForwardReceipt waiting = late.ticket() == 0
                    ? null
                    : new ForwardReceipt(shard, shard.lanes.to(peer, fromShard), late.ticket());
            if (move != null) {
                move.late(late, waiting);
            } else {
                Coming.giveBack(shard, late, waiting);
            }
            if (waiting != null) {
                waiting.seal(false);
            }
        } else if (move == null && message instanceof PeerMessage.Frozen frozen && frozen.subscriptions() != null) {
            // the claim has been followed by another one meanwhile: whoever has frozen the session need not keep it
            shard.lanes.to(peer, fromShard).tell(new PeerMessage.Announced(frozen.move()));
        } else if (move != null && move.isFrom(peer)) {
            if (message instanceof PeerMessage.Frozen frozen) {
                move.frozen(frozen);
            } else if (message instanceof PeerMessage.Stored stored) {
                move.stored(stored.safe());
            } else {
                move.emptied();
            }
        }
    }

    void arrived(Coming move) {
        coming.values().remove(move);
    }

    void departing(Peer to, Departure departure) {
        departing.computeIfAbsent(to, peer -> new HashMap<>()).put(departure.move(), departure);
    }

    void departed(Peer to, Departure departure) {
        Map<Long, Departure> all = departing.get(to);
        if (all != null && all.remove(departure.move()) != null && all.isEmpty()) {
            departing.remove(to);
        }
    }

    /** A node is gone: sessions that were to come from it are taken from the store. */
    void gone(Peer peer) {
        for (Coming move : new ArrayList<>(coming.values())) {
            if (move.isFrom(peer)) {
                arrived(move);
                move.adopt();
            }
        }
        List.copyOf(searches.values()).forEach(search -> search.gone(peer));
    }

    /** Nobody holds anything for a node that is gone any more: sessions that were to go there are forgotten here. */
    void retire(Peer peer) {
        Map<Long, Departure> all = departing.remove(peer);
        if (all != null) {
            List.copyOf(all.values()).forEach(Departure::abandon);
        }
    }

    /** Sessions that come here, or are looked for. */
    int arriving() {
        return coming.size() + searches.size();
    }

    /** Sessions that leave. */
    int departing() {
        return departing.values().stream().mapToInt(Map::size).sum();
    }

    boolean isEmpty() {
        return coming.isEmpty() && departing.isEmpty() && searches.isEmpty();
    }

    @Override
    public String toString() {
        return "coming " + coming.values() + ", " + searches.values() + ", departing to " + departing;
    }
}
