package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.codec.DamagedParcel;
import io.coppice.codec.ParcelCodec;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.Parcel;
import io.coppice.port.PeerGate;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.MessageProducer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One loop's end of the bus: where its parcels leave, and where those for it come. Used on the loop alone. */
final class LoopBus {
    private static final Logger LOG = LoggerFactory.getLogger(LoopBus.class);
    private static final long LOG_MILLIS = 10_000;
    /** Parcels are mostly about as large as those before: room for a bit more is made at once, but never for less. */
    private static final int ROOM_BYTES_MIN = 256;

    private static final DeliveryOptions OPTIONS = new DeliveryOptions().setCodecName(ParcelBytes.Codec.NAME);

    private record Outgoing(MessageProducer<ParcelBytes> producer, BusLink link, ParcelBytes parcel) {}

    private record Way(BusLink link, Map<Integer, MessageProducer<ParcelBytes>> producers) {}

    private final EventBusPeers peers;
    private final EventBus bus;
    private final Loop loop;
    private final Context context;
    private final ParcelCodec codec;
    private final Map<NodeId, Way> ways = new HashMap<>();
    private final ArrayDeque<Outgoing> outgoing = new ArrayDeque<>();
    private int room = ROOM_BYTES_MIN;
    private @Nullable MessageConsumer<Object> consumer;
    private boolean scheduled;
    private boolean over;
    private long loggedAt = Long.MIN_VALUE;

    /** @param context of Vert.x on the loop's thread */
    LoopBus(EventBusPeers peers, EventBus bus, Loop loop, Context context, ParcelCodec codec) {
        this.peers = peers;
        this.bus = bus;
        this.loop = loop;
        this.context = context;
        this.codec = codec;
        context.exceptionHandler(LoopBus::failed);
    }

    /** Vert.x 5.0.8 throws this for each write that has failed, besides telling us. */
    private static void failed(Throwable fault) {
        if (!(fault instanceof IllegalStateException && "Promise already completed".equals(fault.getMessage()))) {
            LOG.error(getMarker("bus-task-failed"), "A task of the bus failed", fault);
        }
    }

    // --- what goes

    void send(NodeId to, int shard, Parcel parcel) {
        if (over) {
            return;
        }
        Way way = ways.computeIfAbsent(to, unknown -> new Way(peers.link(unknown), new HashMap<>()));
        if (!way.link.takes(loop.now())) {
            peers.counters().parcelDropped();
            return;
        }
        ParcelBytes bytes = encoded(parcel);
        way.link.taken(bytes.length());
        outgoing.add(new Outgoing(
                way.producers.computeIfAbsent(
                        shard, first -> bus.sender(BusClusterManager.address(to, first), OPTIONS)),
                way.link,
                bytes));
        if (!scheduled) {
            // The bus looks for the context it is called on, and would make a new one for each parcel.
            scheduled = true;
            context.runOnContext(go -> flush());
        }
    }

    private ParcelBytes encoded(Parcel parcel) {
        ByteBuf out = Unpooled.buffer(parcel instanceof Parcel.Batch ? room : ROOM_BYTES_MIN);
        codec.encode(parcel, out);
        int length = out.writerIndex();
        if (parcel instanceof Parcel.Batch) {
            room = Math.max(ROOM_BYTES_MIN, length + length / 4);
        }
        return new ParcelBytes(out.array(), length);
    }

    private void flush() {
        scheduled = false;
        for (Outgoing each = outgoing.poll(); each != null; each = outgoing.poll()) {
            write(each);
        }
    }

    private void write(Outgoing each) {
        each.producer.write(each.parcel).onComplete(written -> {
            each.link.settled(each.parcel.length());
            if (written.failed()) {
                peers.counters().parcelDropped();
                each.link.failed(loop.now(), written.cause());
            }
        });
    }

    /** Keeps what leads to these nodes, and nothing else. */
    void retain(Set<NodeId> nodes) {
        ways.keySet().retainAll(nodes);
    }

    // --- what comes

    /** Lets parcels in from now on. */
    Future<Void> open(NodeId self, PeerGate gate) {
        Promise<Void> opened = Promise.promise();
        context.runOnContext(go -> {
            MessageConsumer<Object> here =
                    bus.consumer(BusClusterManager.address(self, loop.index()), message -> received(message, gate));
            consumer = here;
            here.completion().onComplete(opened);
        });
        return opened.future();
    }

    /** Neither sends nor takes anything from now on. */
    Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        context.runOnContext(go -> {
            over = true;
            MessageConsumer<Object> here = consumer;
            if (here == null) {
                closed.complete();
            } else {
                here.unregister().onComplete(closed);
            }
        });
        return closed.future();
    }

    private void received(Message<Object> message, PeerGate gate) {
        Parcel parcel;
        try {
            if (!(message.body() instanceof ParcelBytes sealed)) {
                damaged("no parcel at all");
                return;
            }
            parcel = codec.decode(Unpooled.wrappedBuffer(sealed.bytes(), 0, sealed.length()));
        } catch (DamagedParcel damage) {
            damaged(damage.toString());
            return;
        } catch (RuntimeException strange) { // a type of body that the bus has, and that we do not use
            damaged(strange.toString());
            return;
        }
        gate.received(loop.index(), parcel);
    }

    private void damaged(String what) {
        peers.counters().parcelDamaged();
        long now = loop.now();
        if (loggedAt == Long.MIN_VALUE || now - loggedAt >= LOG_MILLIS) {
            loggedAt = now;
            LOG.warn(getMarker("bus-parcel-dropped"), "What came on the bus was dropped: {}", what);
        }
    }
}
