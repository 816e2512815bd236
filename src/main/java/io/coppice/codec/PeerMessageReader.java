package io.coppice.codec;

import static io.coppice.codec.PeerMessageKind.FIRST;
import static io.coppice.codec.PeerMessageKind.SECOND;
import static io.coppice.codec.PeerMessageKind.THIRD;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.NodeId;
import io.coppice.port.Origin;
import io.coppice.port.PeerMessage;
import io.coppice.port.RetainedStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads the messages of one parcel after the other, as {@link PeerMessageWriter} wrote them; refuses with a {@link io.coppice.mqtt.ProtocolError}. */
final class PeerMessageReader {
    static final int NO_QOS = 3;

    private static final int TOPICS_LOG2 = 12;

    final PacketReader in = new PacketReader();

    private final TopicCache topics = new TopicCache(TOPICS_LOG2);
    private final List<Publisher> publishers = new ArrayList<>();
    private final List<NodeId> nodes = new ArrayList<>();
    private int message;
    private long stamp;
    private long ticket;
    private long answered;
    private boolean topicsLeftOut;
    private @Nullable TopicName lastTopic;

    /** Begins a parcel of a node, as {@link PeerMessageWriter#begin} did. */
    void begin(NodeId from, boolean leavingOutTopics) {
        topicsLeftOut = leavingOutTopics;
        lastTopic = null;
        publishers.add(Publisher.THIS_NODE);
        nodes.add(from);
        message = 0;
        stamp = 0;
        ticket = 0;
        answered = 0;
    }

    /** Lets go of what the parcel had. */
    void finish() {
        publishers.clear();
        nodes.clear();
        lastTopic = null;
        message = 0;
    }

    /** Which message was being read last, for the text of an error; empty before the first. */
    String where() {
        return message == 0 ? "" : "message " + message + ": ";
    }

    PeerMessage read() {
        message++;
        int head = in.oneByte("kind");
        int kind = head & PeerMessageKind.MASK;
        return switch (kind) {
            case PeerMessageKind.PUBLISH -> publish(head);
            case PeerMessageKind.ANSWER -> {
                answered = difference(answered, "ticket");
                yield new PeerMessage.Answer(answered, is(head, FIRST), is(head, SECOND));
            }
            case PeerMessageKind.RETURNED -> {
                answered = difference(answered, "ticket");
                yield new PeerMessage.Returned(answered);
            }
            case PeerMessageKind.ROUTES_CHANGED -> {
                long version = in.variableLong("version");
                List<NodeId> formerly = list("nodes", this::known);
                yield new PeerMessage.RoutesChanged(version, list("routes", this::route), formerly);
            }
            case PeerMessageKind.ROUTES_MADE -> new PeerMessage.RoutesMade(in.variableLong("version"));
            case PeerMessageKind.ROUTES_WANTED -> new PeerMessage.RoutesWanted();
            case PeerMessageKind.ROUTES_WHOLE ->
                new PeerMessage.RoutesWhole(
                        in.variableLong("version"), is(head, FIRST), is(head, SECOND), list("routes", this::route));
            case PeerMessageKind.ROUTES_DIGEST ->
                new PeerMessage.RoutesDigest(
                        in.variableLong("version"), MessageCodec.eightBytes(in, "digest"), in.variableLong("count"));
            case PeerMessageKind.CLAIMED -> new PeerMessage.Claimed(move(), in.string("client identifier"), epoch());
            case PeerMessageKind.YIELD ->
                new PeerMessage.Yield(move(), in.string("client identifier"), epoch(), is(head, FIRST));
            case PeerMessageKind.FROZEN ->
                new PeerMessage.Frozen(
                        move(), subscriptions(head), is(head, FIRST), is(head, THIRD), list("stamps", this::seen));
            case PeerMessageKind.LATE -> late(head);
            case PeerMessageKind.STORED -> new PeerMessage.Stored(move(), is(head, FIRST));
            case PeerMessageKind.ANNOUNCED -> new PeerMessage.Announced(move());
            case PeerMessageKind.EMPTIED -> new PeerMessage.Emptied(move());
            case PeerMessageKind.ADOPTED -> new PeerMessage.Adopted(list("nodes", this::known));
            case PeerMessageKind.GIVEN_UP -> new PeerMessage.GivenUp(list("nodes", this::known));
            case PeerMessageKind.PING -> new PeerMessage.Ping();
            case PeerMessageKind.FAILED -> new PeerMessage.Failed(in.string("publisher"), in.variableLong("stamp"));
            case PeerMessageKind.FAREWELL -> new PeerMessage.Farewell();
            case PeerMessageKind.RETAINED_FOLLOWS -> new PeerMessage.RetainedFollows();
            case PeerMessageKind.RETAINED_BEGUN -> new PeerMessage.RetainedBegun(in.variableLong("write"), topic());
            case PeerMessageKind.RETAINED_KEPT -> new PeerMessage.RetainedKept(in.variableLong("write"), kept());
            case PeerMessageKind.RETAINED_ENDED -> new PeerMessage.RetainedEnded(in.variableLong("write"));
            case PeerMessageKind.RETAINED_DIGEST -> new PeerMessage.RetainedDigest(sums());
            case PeerMessageKind.RETAINED_VERSIONS ->
                new PeerMessage.RetainedVersions(
                        buckets(), is(head, FIRST), is(head, SECOND), list("versions", this::topicVersion));
            case PeerMessageKind.RETAINED_WANTED -> new PeerMessage.RetainedWanted(list("topics", this::topic));
            case PeerMessageKind.RETAINED_BROUGHT -> new PeerMessage.RetainedBrought(list("topics", this::kept));
            default -> throw PacketReader.malformed("this release knows no message of kind " + kind);
        };
    }

    private static boolean is(int head, int flag) {
        return (head & flag) != 0;
    }

    private PeerMessage publish(int head) {
        stamp = difference(stamp, "stamp");
        long answer = ticket(head);
        TopicFilter share = is(head, SECOND) ? filter() : null;
        NodeId formerly = is(head, THIRD) ? known() : null;
        Origin origin = (formerly != null || share != null) && flag("origin") ? origin() : null;
        String only = formerly != null && flag("client identifier") ? in.string("client identifier") : null;
        return new PeerMessage.Publish(message(), stamp, answer, share, formerly, origin, only);
    }

    private PeerMessage late(int head) {
        long move = move();
        Qos qos = Qos.of(in.oneByte("QoS"));
        int[] identifiers = RecordCodec.identifiers(in);
        TopicFilter share = is(head, SECOND) ? filter() : null;
        Origin origin = origin();
        long stampThere = in.variableLong("stamp");
        long answer = ticket(head);
        return new PeerMessage.Late(
                move, message(), qos, is(head, THIRD), identifiers, share, origin, stampThere, answer);
    }

    // --- parts

    private long ticket(int head) {
        if (!is(head, FIRST)) {
            return 0;
        }
        ticket = difference(ticket, "ticket");
        return ticket;
    }

    private long difference(long before, String what) {
        long difference = in.variableLong(what);
        return before + (difference >>> 1 ^ -(difference & 1));
    }

    private long move() {
        return in.variableLong("move");
    }

    private long epoch() {
        return MessageCodec.eightBytes(in, "epoch");
    }

    private TopicFilter filter() {
        return TopicFilter.of(in.string("filter"));
    }

    private Message message() {
        Message read = MessageCodec.onTheWay(in, publisher(), topics, topicsLeftOut ? lastTopic : null);
        lastTopic = read.topic();
        return read;
    }

    private Publisher publisher() {
        int number = reference(publishers, "publisher");
        return number > 0
                ? publishers.get(number - 1)
                : added(publishers, PublisherCodec.read(in, in.string("publisher")));
    }

    private boolean flag(String what) {
        int value = in.oneByte(what);
        if (value > 1) {
            throw PacketReader.malformed(what + " " + value + " instead of 0 or 1");
        }
        return value == 1;
    }

    private Origin origin() {
        return new Origin(known(), in.variableBytes("loop"));
    }

    private PeerMessage.Seen seen() {
        return new PeerMessage.Seen(origin(), in.variableLong("stamp"), flag("all before"));
    }

    private NodeId known() {
        int number = reference(nodes, "node");
        return number > 0 ? nodes.get(number - 1) : added(nodes, node(in));
    }

    /** The number that something has had in this parcel; 0 where it comes for the first time and follows. */
    private int reference(List<?> before, String what) {
        int number = in.variableBytes(what);
        if (number > before.size()) {
            throw PacketReader.malformed(what + " " + number + " of " + before.size());
        }
        return number;
    }

    private static <T> T added(List<T> before, T value) {
        before.add(value);
        return value;
    }

    static NodeId node(PacketReader in) {
        return new NodeId(in.string("node"), MessageCodec.eightBytes(in, "life"));
    }

    private <T> List<T> list(String what, Supplier<T> each) {
        int count = in.variableBytes(what);
        in.need(count, what);
        List<T> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(each.get());
        }
        return list;
    }

    private TopicName topic() {
        return TopicName.of(in.string("topic"));
    }

    private PeerMessage.TopicVersion topicVersion() {
        return new PeerMessage.TopicVersion(topic(), in.variableLong("version"));
    }

    private RetainedStore.Kept kept() {
        boolean there = flag("message");
        TopicName topic = topic();
        long version = in.variableLong("version");
        lastTopic = topic;
        return new RetainedStore.Kept(topic, version, there ? message() : null);
    }

    private long[] sums() {
        int count = in.variableBytes("sums");
        in.need(
                Math.multiplyFull(count, Long.BYTES) > Integer.MAX_VALUE ? Integer.MAX_VALUE : count * Long.BYTES,
                "sums");
        long[] sums = new long[count];
        for (int i = 0; i < count; i++) {
            sums[i] = MessageCodec.eightBytes(in, "sum");
        }
        return sums;
    }

    private int[] buckets() {
        int count = in.variableBytes("buckets");
        in.need(count, "buckets");
        int[] buckets = new int[count];
        for (int i = 0; i < count; i++) {
            buckets[i] = in.variableBytes("bucket");
        }
        return buckets;
    }

    private PeerMessage.Route route() {
        TopicFilter filter = filter();
        int qos = in.oneByte("QoS");
        return new PeerMessage.Route(
                filter,
                qos == NO_QOS ? null : Qos.of(qos),
                in.variableBytes("members online"),
                in.variableBytes("members"),
                in.variableLong("time"));
    }

    private @Nullable List<Subscription> subscriptions(int head) {
        return is(head, SECOND) ? list("subscriptions", () -> RecordCodec.subscription(in)) : null;
    }
}
