package io.coppice.codec;

import static io.coppice.codec.PeerMessageKind.FIRST;
import static io.coppice.codec.PeerMessageKind.SECOND;
import static io.coppice.codec.PeerMessageKind.THIRD;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.NodeId;
import io.coppice.port.Origin;
import io.coppice.port.PeerMessage;
import io.coppice.port.RetainedStore;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the messages of one parcel after the other; {@link PeerMessageReader} reads them. */
final class PeerMessageWriter {
    /** What one parcel had more of is not kept for the next one. */
    private static final int KEPT_MAX = 256;
    /** Bytes of kind, stamp, ticket and publisher. */
    private static final int PLAIN_HEAD_MAX = 22;

    private Map<Publisher, Integer> publishers = new HashMap<>();
    private Map<NodeId, Integer> nodes = new HashMap<>();
    private Publisher lastPublisher = Publisher.THIS_NODE;
    private int lastPublisherNumber;
    private long stamp;
    private long ticket;
    private long answered;
    private boolean leavesOutTopics;
    private @Nullable TopicName lastTopic;

    /**
     * Begins a parcel of a node.
     *
     * @param leavingOutTopics whether a message does without its topic where that was told last
     */
    void begin(NodeId from, boolean leavingOutTopics) {
        leavesOutTopics = leavingOutTopics;
        lastTopic = null;
        publishers = emptied(publishers);
        nodes = emptied(nodes);
        publishers.put(Publisher.THIS_NODE, 1);
        nodes.put(from, 1);
        lastPublisher = Publisher.THIS_NODE;
        lastPublisherNumber = 1;
        stamp = 0;
        ticket = 0;
        answered = 0;
    }

    private static <K> Map<K, Integer> emptied(Map<K, Integer> map) {
        if (map.size() > KEPT_MAX) {
            return new HashMap<>();
        }
        map.clear();
        return map;
    }

    void write(PeerMessage message, ByteBuf out) {
        if (message instanceof PeerMessage.Publish publish) {
            write(publish, out);
        } else if (message instanceof PeerMessage.Answer answer) {
            head(PeerMessageKind.ANSWER, (answer.safe() ? FIRST : 0) | (answer.rejected() ? SECOND : 0), out);
            difference(answer.ticket(), answered, out);
            answered = answer.ticket();
        } else if (message instanceof PeerMessage.Returned returned) {
            head(PeerMessageKind.RETURNED, 0, out);
            difference(returned.ticket(), answered, out);
            answered = returned.ticket();
        } else if (message instanceof PeerMessage.Failed failed) {
            head(PeerMessageKind.FAILED, 0, out);
            PacketWriter.string(failed.publisher(), out);
            PacketWriter.variableLong(failed.stamp(), out);
        } else if (message instanceof PeerMessage.Moving moving) {
            write(moving, out);
        } else if (message instanceof PeerMessage.Retaining retaining) {
            write(retaining, out);
        } else if (message instanceof PeerMessage.Ping) {
            head(PeerMessageKind.PING, 0, out);
        } else if (message instanceof PeerMessage.Farewell) {
            head(PeerMessageKind.FAREWELL, 0, out);
        } else if (message instanceof PeerMessage.Adopted adopted) {
            head(PeerMessageKind.ADOPTED, 0, out);
            nodes(adopted.members(), out);
        } else if (message instanceof PeerMessage.GivenUp givenUp) {
            head(PeerMessageKind.GIVEN_UP, 0, out);
            nodes(givenUp.nodes(), out);
        } else {
            routes(message, out);
        }
    }

    private void write(PeerMessage.Publish publish, ByteBuf out) {
        if (out.hasArray() && isPlain(publish)) {
            plain(publish, out);
            return;
        }
        TopicFilter share = publish.share();
        NodeId formerly = publish.formerly();
        head(
                PeerMessageKind.PUBLISH,
                (publish.ticket() != 0 ? FIRST : 0) | (share != null ? SECOND : 0) | (formerly != null ? THIRD : 0),
                out);
        difference(publish.stamp(), stamp, out);
        stamp = publish.stamp();
        ticket(publish.ticket(), out);
        if (share != null) {
            PacketWriter.string(share.value(), out);
        }
        if (formerly != null) {
            known(formerly, out);
        }
        if (share != null || formerly != null) {
            Origin origin = publish.origin();
            out.writeByte(origin == null ? 0 : 1);
            if (origin != null) {
                origin(origin, out);
            }
        }
        if (formerly != null) {
            String only = publish.only();
            out.writeByte(only == null ? 0 : 1);
            if (only != null) {
                PacketWriter.string(only, out);
            }
        }
        message(publish.message(), out);
    }

    /** Whether it is like most: a message without properties, of the publisher of the one before. */
    private boolean isPlain(PeerMessage.Publish publish) {
        Message message = publish.message();
        return publish.share() == null
                && publish.formerly() == null
                && lastPublisherNumber < 0x80
                && message.by().equals(lastPublisher)
                && MessageCodec.isPlain(message);
    }

    /**
     * The bytes are those that the way for all others makes of it, in two fifths of its time: what every kind of buffer
     * is written to by is called at many types, and nothing of it is inlined.
     */
    private void plain(PeerMessage.Publish publish, ByteBuf out) {
        Message message = publish.message();
        out.ensureWritable(PLAIN_HEAD_MAX + MessageCodec.plainSizeMax(message));
        byte[] array = out.array();
        int begin = out.arrayOffset() + out.writerIndex();
        int at = begin;
        array[at++] = (byte) (PeerMessageKind.PUBLISH | (publish.ticket() != 0 ? FIRST : 0));
        at = PacketWriter.variableLong(difference(publish.stamp(), stamp), array, at);
        stamp = publish.stamp();
        if (publish.ticket() != 0) {
            at = PacketWriter.variableLong(difference(publish.ticket(), ticket), array, at);
            ticket = publish.ticket();
        }
        array[at++] = (byte) lastPublisherNumber;
        at = MessageCodec.plain(message, isTold(message.topic()), array, at);
        out.writerIndex(out.writerIndex() + at - begin);
    }

    private void routes(PeerMessage message, ByteBuf out) {
        if (message instanceof PeerMessage.RoutesChanged changed) {
            head(PeerMessageKind.ROUTES_CHANGED, 0, out);
            PacketWriter.variableLong(changed.version(), out);
            nodes(changed.formerly(), out);
            routes(changed.routes(), out);
        } else if (message instanceof PeerMessage.RoutesMade made) {
            head(PeerMessageKind.ROUTES_MADE, 0, out);
            PacketWriter.variableLong(made.version(), out);
        } else if (message instanceof PeerMessage.RoutesWanted) {
            head(PeerMessageKind.ROUTES_WANTED, 0, out);
        } else if (message instanceof PeerMessage.RoutesWhole whole) {
            head(PeerMessageKind.ROUTES_WHOLE, (whole.first() ? FIRST : 0) | (whole.last() ? SECOND : 0), out);
            PacketWriter.variableLong(whole.version(), out);
            routes(whole.routes(), out);
        } else if (message instanceof PeerMessage.RoutesDigest digest) {
            head(PeerMessageKind.ROUTES_DIGEST, 0, out);
            PacketWriter.variableLong(digest.version(), out);
            out.writeLong(digest.digest());
            PacketWriter.variableLong(digest.count(), out);
        } else {
            throw new IllegalArgumentException("no bytes are known for " + message.getClass());
        }
    }

    private void write(PeerMessage.Moving moving, ByteBuf out) {
        if (moving instanceof PeerMessage.Late late) {
            write(late, out);
        } else if (moving instanceof PeerMessage.Yield yield) {
            head(PeerMessageKind.YIELD, yield.cleanStart() ? FIRST : 0, out);
            PacketWriter.variableLong(yield.move(), out);
            PacketWriter.string(yield.clientId(), out);
            out.writeLong(yield.epoch());
        } else if (moving instanceof PeerMessage.Frozen frozen) {
            List<Subscription> subscriptions = frozen.subscriptions();
            head(
                    PeerMessageKind.FROZEN,
                    (frozen.lost() ? FIRST : 0) | (subscriptions != null ? SECOND : 0) | (frozen.ended() ? THIRD : 0),
                    out);
            PacketWriter.variableLong(frozen.move(), out);
            if (subscriptions != null) {
                PacketWriter.variableBytes(subscriptions.size(), out);
                subscriptions.forEach(each -> RecordCodec.subscription(each, out));
            }
            PacketWriter.variableBytes(frozen.seen().size(), out);
            for (PeerMessage.Seen seen : frozen.seen()) {
                origin(seen.origin(), out);
                PacketWriter.variableLong(seen.stamp(), out);
                out.writeByte(seen.allBefore() ? 1 : 0);
            }
        } else if (moving instanceof PeerMessage.Claimed claimed) {
            move(PeerMessageKind.CLAIMED, moving, out);
            PacketWriter.string(claimed.clientId(), out);
            out.writeLong(claimed.epoch());
        } else if (moving instanceof PeerMessage.Stored stored) {
            head(PeerMessageKind.STORED, stored.safe() ? FIRST : 0, out);
            PacketWriter.variableLong(stored.move(), out);
        } else if (moving instanceof PeerMessage.Announced) {
            move(PeerMessageKind.ANNOUNCED, moving, out);
        } else if (moving instanceof PeerMessage.Emptied) {
            move(PeerMessageKind.EMPTIED, moving, out);
        } else {
            throw new IllegalArgumentException("no bytes are known for " + moving.getClass());
        }
    }

    private static void move(int kind, PeerMessage.Moving moving, ByteBuf out) {
        head(kind, 0, out);
        PacketWriter.variableLong(moving.move(), out);
    }

    private void write(PeerMessage.Late late, ByteBuf out) {
        TopicFilter share = late.share();
        head(
                PeerMessageKind.LATE,
                (late.ticket() != 0 ? FIRST : 0) | (share != null ? SECOND : 0) | (late.retain() ? THIRD : 0),
                out);
        PacketWriter.variableLong(late.move(), out);
        out.writeByte(late.qos().code());
        RecordCodec.identifiers(late.subscriptionIdentifiers(), out);
        if (share != null) {
            PacketWriter.string(share.value(), out);
        }
        origin(late.origin(), out);
        PacketWriter.variableLong(late.stamp(), out);
        ticket(late.ticket(), out);
        message(late.message(), out);
    }

    private void write(PeerMessage.Retaining retaining, ByteBuf out) {
        if (retaining instanceof PeerMessage.RetainedFollows) {
            head(PeerMessageKind.RETAINED_FOLLOWS, 0, out);
        } else if (retaining instanceof PeerMessage.RetainedBegun begun) {
            head(PeerMessageKind.RETAINED_BEGUN, 0, out);
            PacketWriter.variableLong(begun.write(), out);
            PacketWriter.string(begun.topic().value(), out);
        } else if (retaining instanceof PeerMessage.RetainedKept kept) {
            head(PeerMessageKind.RETAINED_KEPT, 0, out);
            PacketWriter.variableLong(kept.write(), out);
            kept(kept.kept(), out);
        } else if (retaining instanceof PeerMessage.RetainedEnded ended) {
            head(PeerMessageKind.RETAINED_ENDED, 0, out);
            PacketWriter.variableLong(ended.write(), out);
        } else if (retaining instanceof PeerMessage.RetainedDigest digest) {
            head(PeerMessageKind.RETAINED_DIGEST, 0, out);
            PacketWriter.variableBytes(digest.sums().length, out);
            for (long sum : digest.sums()) {
                out.writeLong(sum);
            }
        } else if (retaining instanceof PeerMessage.RetainedVersions versions) {
            head(
                    PeerMessageKind.RETAINED_VERSIONS,
                    (versions.first() ? FIRST : 0) | (versions.last() ? SECOND : 0),
                    out);
            PacketWriter.variableBytes(versions.buckets().length, out);
            for (int bucket : versions.buckets()) {
                PacketWriter.variableBytes(bucket, out);
            }
            PacketWriter.variableBytes(versions.versions().size(), out);
            for (PeerMessage.TopicVersion each : versions.versions()) {
                PacketWriter.string(each.topic().value(), out);
                PacketWriter.variableLong(each.version(), out);
            }
        } else if (retaining instanceof PeerMessage.RetainedWanted wanted) {
            head(PeerMessageKind.RETAINED_WANTED, 0, out);
            PacketWriter.variableBytes(wanted.topics().size(), out);
            wanted.topics().forEach(topic -> PacketWriter.string(topic.value(), out));
        } else if (retaining instanceof PeerMessage.RetainedBrought brought) {
            head(PeerMessageKind.RETAINED_BROUGHT, 0, out);
            PacketWriter.variableBytes(brought.all().size(), out);
            brought.all().forEach(kept -> kept(kept, out));
        } else {
            throw new IllegalArgumentException("no bytes are known for " + retaining.getClass());
        }
    }

    private void kept(RetainedStore.Kept kept, ByteBuf out) {
        Message message = kept.message();
        out.writeByte(message == null ? 0 : 1);
        PacketWriter.string(kept.topic().value(), out);
        PacketWriter.variableLong(kept.version(), out);
        lastTopic = kept.topic();
        if (message != null) {
            message(message, out);
        }
    }

    // --- parts

    private static void head(int kind, int flags, ByteBuf out) {
        out.writeByte(kind | flags);
    }

    private void ticket(long number, ByteBuf out) {
        if (number != 0) {
            difference(number, ticket, out);
            ticket = number;
        }
    }

    private static void difference(long number, long before, ByteBuf out) {
        PacketWriter.variableLong(difference(number, before), out);
    }

    /** Small in either direction is short. */
    private static long difference(long number, long before) {
        long difference = number - before;
        return difference << 1 ^ difference >> 63;
    }

    private void message(Message message, ByteBuf out) {
        Publisher publisher = message.by();
        if (publisher.equals(lastPublisher)) {
            PacketWriter.variableBytes(lastPublisherNumber, out);
        } else {
            lastPublisher = publisher;
            lastPublisherNumber = reference(publishers, publisher, out);
            if (lastPublisherNumber == 0) {
                PacketWriter.string(publisher.clientId(), out);
                PublisherCodec.write(publisher, out);
                lastPublisherNumber = publishers.size();
            }
        }
        MessageCodec.onTheWay(message, isTold(message.topic()), out);
    }

    /** Whether whoever reads knows the topic by now; from here on it does. */
    private boolean isTold(TopicName topic) {
        boolean told = leavesOutTopics && topic.equals(lastTopic);
        lastTopic = topic;
        return told;
    }

    private void origin(Origin origin, ByteBuf out) {
        known(origin.node(), out);
        PacketWriter.variableBytes(origin.shard(), out);
    }

    private void known(NodeId node, ByteBuf out) {
        if (reference(nodes, node, out) == 0) {
            node(node, out);
        }
    }

    /**
     * Writes the number that something has in this parcel, 0 where it comes for the first time and is to follow.
     *
     * @return what was written
     */
    private static <K> int reference(Map<K, Integer> known, K value, ByteBuf out) {
        Integer number = known.putIfAbsent(value, known.size() + 1);
        PacketWriter.variableBytes(number == null ? 0 : number, out);
        return number == null ? 0 : number;
    }

    static void node(NodeId node, ByteBuf out) {
        PacketWriter.string(node.name(), out);
        out.writeLong(node.life());
    }

    private void nodes(List<NodeId> list, ByteBuf out) {
        PacketWriter.variableBytes(list.size(), out);
        list.forEach(node -> known(node, out));
    }

    private static void routes(List<PeerMessage.Route> routes, ByteBuf out) {
        PacketWriter.variableBytes(routes.size(), out);
        for (PeerMessage.Route route : routes) {
            PacketWriter.string(route.filter().value(), out);
            out.writeByte(
                    route.qos() == null ? PeerMessageReader.NO_QOS : route.qos().code());
            PacketWriter.variableBytes(route.online(), out);
            PacketWriter.variableBytes(route.members(), out);
            PacketWriter.variableLong(route.onlineSince(), out);
        }
    }
}
