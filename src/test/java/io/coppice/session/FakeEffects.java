package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Remembers what a session asks for, in order. Its clock and its output buffer do as the test says. */
final class FakeEffects implements SessionEffects {
    long epoch = 1;
    Publisher publisher = Publisher.unknown("client");

    /** One PUBLISH to the client. */
    record Sent(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] subscriptionIdentifiers) {}

    /** One message that the session wants routed. */
    record Route(Message message, int packetId) {}

    record Dropped(DropReason reason, Message message) {}

    /** Messages that were dropped unread. */
    record DroppedInStore(DropReason reason, int messages) {}

    /** Why publishes of the client were not routed. */
    final List<DropReason> refused = new ArrayList<>();

    /** When messages came that were answered. */
    final List<Long> answered = new ArrayList<>();

    /** How many messages the client has. */
    int delivered;

    int found;

    /** What of the queue is to be read from the store. */
    record Wanted(long after, long bytesMax) {}

    /** The question that was not answered; null for none. */
    @Nullable
    Wanted wanted;

    /** Everything in the order it happened: {@link SessionRecord}, {@link Packet}, {@link Sent}, {@link Route}, {@link Dropped}. */
    final List<Object> all = new ArrayList<>();

    final List<SessionRecord> records = new ArrayList<>();
    long now = 1_000_000;
    boolean memoryFull;
    /** How many packets the output takes before it is full. */
    int room = Integer.MAX_VALUE;
    /** Topics that the client may not be sent. */
    final Set<String> hidden = new HashSet<>();
    /** Runs inside {@link #route}, as an implementation that knows the answer at once. */
    @Nullable
    Runnable onRoute;

    @Override
    public void record(SessionRecord record) {
        all.add(record);
        records.add(record);
    }

    @Override
    public void send(Packet packet) {
        all.add(packet);
    }

    @Override
    public void sendPublish(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] subscriptionIdentifiers) {
        room--;
        all.add(new Sent(message, qos, dup, retain, packetId, topicAlias, withTopic, subscriptionIdentifiers));
    }

    @Override
    public int publishSize(Message message, Qos qos, int[] subscriptionIdentifiers) {
        return message.topic().utf8().length + message.payload().length;
    }

    @Override
    public boolean writable() {
        return room > 0;
    }

    @Override
    public boolean isMemoryFull() {
        return memoryFull;
    }

    @Override
    public void route(Message message, int packetId) {
        all.add(new Route(message, packetId));
        if (onRoute != null) {
            onRoute.run();
        }
    }

    @Override
    public Publisher publisher() {
        return publisher;
    }

    @Override
    public boolean mayGoOn(Message message) {
        return !hidden.contains(message.topic().value());
    }

    @Override
    public void dropped(DropReason reason, Message message) {
        all.add(new Dropped(reason, message));
    }

    @Override
    public void dropped(DropReason reason, int messages) {
        all.add(new DroppedInStore(reason, messages));
    }

    @Override
    public void refused(DropReason reason) {
        refused.add(reason);
    }

    @Override
    public void delivered(Qos qos) {
        delivered++;
    }

    @Override
    public void found(int messages) {
        found += messages;
    }

    @Override
    public void readQueue(long after, long bytesMax) {
        if (wanted != null) {
            throw new AssertionError("asked for more before there was an answer to " + wanted);
        }
        wanted = new Wanted(after, bytesMax);
    }

    @Override
    public long epoch() {
        return epoch;
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    public long nanos() {
        return now * 1_000_000;
    }

    @Override
    public void answered(Qos qos, long since) {
        answered.add(since);
    }

    <T> List<T> of(Class<T> type) {
        return all.stream().filter(type::isInstance).map(type::cast).toList();
    }

    List<Sent> sent() {
        return of(Sent.class);
    }

    List<Packet> packets() {
        return of(Packet.class);
    }

    List<Route> routes() {
        return of(Route.class);
    }

    List<Dropped> dropped() {
        return of(Dropped.class);
    }

    /** Forgets what happened so far, but for the records. */
    void forget() {
        all.clear();
    }

    @Override
    public boolean mayComeTwice() {
        return false;
    }
}
