package io.coppice.session;

import static io.coppice.session.Worlds.NO_IDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A session and its client through random traffic, lost connections, moves and crashes. A crash loses the newest
 * records together with everything that came after them and that the client has not seen, as "record, then
 * send" allows. To reproduce a failure, run {@link World} with the seed it names.
 */
class SessionSimulationTest {
    private static final int SEEDS = 3000;
    private static final int STEPS = 80;

    @Test
    void whateverHappensRecordsMakeTheSameSessionAndNoMessageIsLostOrDoubled() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            try {
                new World(seed).run();
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
            }
        }
    }

    private static final class World {
        private final Random random;
        private final SessionLimits limits;
        private final FakeEffects effects = new FakeEffects();
        private final SimulatedClient client;
        private Session session;

        /** How much of what the session sent the client has seen; the rest is on its way. */
        private int seen;
        /** How much of what the session did has been checked. */
        private int checked;
        /** Routes that were not answered. */
        private final List<FakeEffects.Route> open = new ArrayList<>();
        /** How many of the routes were collected into {@link #open}. */
        private int routesSeen;

        /** What may be outstanding on this connection. */
        private int window;
        /** Identifiers of PUBLISH packets of this connection that the client has not done with. */
        private final Set<Integer> outstanding = new HashSet<>();

        /** How much of what the session did is stored. */
        private int stored;
        /** How much the session had done at times, and up to which message it then waited to hear that it is stored. */
        private final Deque<long[]> storing = new ArrayDeque<>();

        private int lastNumber;
        private int lastPublished;

        World(long seed) {
            random = new Random(seed);
            Overflow[] overflows = Overflow.values();
            limits = new SessionLimits(
                    1 + random.nextInt(6),
                    random.nextInt(12),
                    random.nextInt(4) == 0 ? 600 : 100_000,
                    random.nextInt(3) == 0 ? Long.MAX_VALUE : random.nextInt(500),
                    overflows[random.nextInt(overflows.length)],
                    10,
                    1 + random.nextInt(6),
                    4,
                    random.nextInt(3));
            client = new SimulatedClient(random);
            session = new Session("client", limits, effects);
        }

        void run() {
            connect();
            for (int step = 0; step < STEPS; step++) {
                step();
                check();
            }
            calmDown();
        }

        private void step() {
            switch (random.nextInt(26)) {
                case 22 -> storing.add(new long[] {effects.all.size(), session.unstored()});
                case 23 -> store();
                case 24, 25 -> read();
                case 0, 1, 2, 3, 4 -> deliver();
                case 5, 6, 7, 8 -> see(1 + random.nextInt(3));
                case 9, 10, 11 -> answer();
                case 12, 13, 14 -> publish();
                case 15, 16 -> routed();
                case 17 -> disconnect();
                case 18 -> network();
                case 19 -> housekeeping();
                case 20 -> crash();
                default -> move();
            }
        }

        // What happens.

        private void deliver() {
            Qos qos = Qos.of(random.nextInt(3));
            String payload = String.valueOf(++lastNumber) + " ".repeat(random.nextInt(6) == 0 ? 20 : 0);
            long expiresAt = random.nextInt(5) == 0 ? effects.now + random.nextInt(50) : Message.NEVER;
            TopicFilter share = random.nextInt(8) == 0 ? TopicFilter.of("$share/g/t") : null;
            session.deliver(
                    Worlds.message("topic" + random.nextInt(4), payload, expiresAt),
                    qos,
                    random.nextBoolean(),
                    random.nextBoolean() ? NO_IDS : new int[] {7},
                    share);
        }

        private void store() {
            long[] first = storing.poll();
            if (first != null) {
                stored = (int) first[0];
                session.stored(first[1]);
            }
        }

        private void storeAll() {
            storing.clear();
            stored = effects.all.size();
            session.stored(session.unstored());
        }

        /** The store answers: at least with what it had to have when the session was told that it has it. */
        private void read() {
            FakeEffects.Wanted wanted = effects.wanted;
            if (wanted == null) {
                return;
            }
            effects.wanted = null;
            int now = stored + random.nextInt(effects.all.size() - stored + 1);
            List<SessionRecord.Enqueued> found = new ArrayList<>();
            long bytes = 0;
            for (SessionRecord.Enqueued each : queue(effects.all.subList(0, now))) {
                if (each.sequence() > wanted.after() && bytes < wanted.bytesMax()) {
                    found.add(each);
                    bytes += each.message().weight();
                }
            }
            session.queueRead(found, bytes < wanted.bytesMax());
        }

        /** The messages that are not done with according to records. */
        private static List<SessionRecord.Enqueued> queue(List<?> all) {
            Map<Long, SessionRecord.Enqueued> queue = new TreeMap<>();
            for (Object each : all) {
                if (each instanceof SessionRecord.Enqueued message) {
                    queue.put(message.sequence(), message);
                } else if (each instanceof SessionRecord.Settled settled) {
                    queue.remove(settled.sequence());
                }
            }
            return List.copyOf(queue.values());
        }

        private void publish() {
            if (session.isAttached()) {
                effects.onRoute = random.nextInt(3) == 0 ? this::routedAtOnce : null;
                client.publish(session, ++lastPublished, Qos.of(random.nextInt(3)), limits.receiveMaximum());
                effects.onRoute = null;
            }
        }

        private void routedAtOnce() {
            FakeEffects.Route route = effects.routes().get(effects.routes().size() - 1);
            if (route.packetId() != 0) {
                session.routed(route.packetId(), route.message(), reason());
            }
        }

        private void routed() {
            collectRoutes();
            if (!open.isEmpty()) {
                FakeEffects.Route route = open.remove(random.nextInt(open.size()));
                session.routed(route.packetId(), route.message(), reason());
            }
        }

        private ReasonCode reason() {
            return switch (random.nextInt(8)) {
                case 0 -> ReasonCode.QUOTA_EXCEEDED;
                case 1 -> ReasonCode.NO_MATCHING_SUBSCRIBERS;
                default -> ReasonCode.SUCCESS;
            };
        }

        private void see(int events) {
            for (int i = 0; i < events && session.isAttached() && seen < effects.all.size(); i++) {
                Object event = effects.all.get(seen++);
                if (event instanceof FakeEffects.Sent sent) {
                    client.take(sent);
                } else if (event instanceof Packet packet) {
                    client.take(packet);
                }
            }
        }

        private void answer() {
            if (session.isAttached() && !client.owesNothing()) {
                check(); // what was sent so far was sent before this answer
                int mark = effects.all.size();
                Packet answer = client.answer(session);
                if (answer instanceof Packet.PubAck p) {
                    outstanding.remove(p.packetId());
                } else if (answer instanceof Packet.PubComp p) {
                    outstanding.remove(p.packetId());
                } else if (answer instanceof Packet.PubRec p && p.reasonCode().isError()) {
                    boolean settled = effects.all.subList(mark, effects.all.size()).stream()
                            .noneMatch(each -> each instanceof Packet.PubRel rel && rel.packetId() == p.packetId());
                    if (settled) {
                        outstanding.remove(p.packetId());
                    }
                }
            }
        }

        private void disconnect() {
            if (session.isAttached()) {
                see(random.nextInt(10));
                if (random.nextInt(4) == 0) {
                    session.sessionExpiryInterval(1 + random.nextInt(50));
                }
                session.detach();
                seen = effects.all.size(); // the rest is lost
                if (random.nextBoolean()) {
                    check();
                    deliver();
                }
            }
            connect();
        }

        private void connect() {
            boolean v5 = random.nextInt(3) > 0;
            effects.room = random.nextInt(3) == 0 ? random.nextInt(4) : Integer.MAX_VALUE;
            Attachment attachment = new Attachment(
                    v5 ? ProtocolVersion.V5 : ProtocolVersion.V3_1_1,
                    1 + random.nextInt(100),
                    v5 ? 1 + random.nextInt(8) : 0xFFFF,
                    v5 && random.nextInt(6) == 0 ? 15 : Long.MAX_VALUE,
                    v5 ? random.nextInt(3) : 0,
                    random.nextInt(4) == 0 ? Worlds.will() : null);
            check();
            session.attach(attachment);
            connected(attachment);
            session.resume();
            check();
            client.resend(session);
        }

        private void connected(Attachment attachment) {
            seen = effects.all.size();
            outstanding.clear();
            window = Math.min(attachment.receiveMaximum(), limits.inFlightMax());
            client.connected(attachment.version().isV5());
        }

        private void network() {
            effects.room = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(8);
            if (random.nextBoolean()) {
                session.drain(); // or else the news that there is room comes late
            }
        }

        private void housekeeping() {
            effects.now += random.nextInt(30);
            session.removeExpired(random.nextInt(5));
            TopicFilter filter = TopicFilter.of("t" + random.nextInt(12));
            if (random.nextInt(3) > 0) {
                session.subscribe(Worlds.subscription(filter.value(), Qos.of(random.nextInt(3))));
            } else {
                session.unsubscribe(filter);
            }
            if (random.nextInt(4) == 0) {
                session.willDone();
            }
        }

        /** The node dies with some of its newest records; another one replays the others. */
        private void crash() {
            see(random.nextInt(10));
            check();
            int least = Math.max(seen, stored);
            int kept = least + random.nextInt(effects.all.size() - least + 1);
            while (kept < effects.all.size() && effects.all.get(kept) instanceof FakeEffects.Dropped) {
                kept++; // else nobody could say where the message went
            }
            effects.all.subList(kept, effects.all.size()).clear();
            effects.records.clear();
            effects.records.addAll(effects.of(SessionRecord.class));
            stored = effects.all.size();
            succeed(random.nextBoolean() ? effects.records : loaded());
            if (random.nextBoolean()) {
                session.detach();
            }
            checked = effects.all.size();
            connect();
        }

        /** The session moves to another node. */
        private void move() {
            if (random.nextBoolean()) {
                session.detach();
            }
            check();
            storeAll();
            List<SessionRecord> records = new ArrayList<>();
            session.snapshot(records::add);
            succeed(records);
            connect();
        }

        /** As a store tells a session of which it keeps most of the queue. */
        private List<SessionRecord> loaded() {
            List<SessionRecord> whole = new ArrayList<>();
            Worlds.replayed(effects.records, Worlds.LIMITS).snapshot(whole::add);
            Set<Long> sent = new HashSet<>();
            whole.forEach(each -> {
                if (each instanceof SessionRecord.Assigned assigned) {
                    sent.add(assigned.sequence());
                }
            });
            List<SessionRecord> told = new ArrayList<>();
            int window = random.nextInt(4);
            long after = 0;
            long last = 0;
            int messages = 0;
            long bytes = 0;
            for (SessionRecord each : whole) {
                if (!(each instanceof SessionRecord.Enqueued waits) || sent.contains(waits.sequence())) {
                    told.add(each);
                } else if (window-- > 0) {
                    after = waits.sequence();
                    told.add(each);
                } else if (waits.share() != null) {
                    told.add(each);
                } else {
                    after = messages == 0 ? waits.sequence() - 1 : after;
                    last = waits.sequence();
                    messages++;
                    bytes += waits.message().weight();
                }
            }
            if (messages > 0) {
                told.add(0, new SessionRecord.Backlog(after, last, messages, bytes));
            }
            return told;
        }

        private void succeed(List<SessionRecord> records) {
            session = new Session("client", limits, effects);
            records.forEach(session::replay);
            effects.wanted = null;
            storing.clear();
            open.clear(); // nobody there knows of them
            routesSeen = effects.routes().size();
        }

        private void collectRoutes() {
            List<FakeEffects.Route> routes = effects.routes();
            for (; routesSeen < routes.size(); routesSeen++) {
                if (routes.get(routesSeen).packetId() != 0) {
                    open.add(routes.get(routesSeen));
                }
            }
        }

        // What must hold.

        private void check() {
            for (; checked < effects.all.size(); checked++) {
                if (effects.all.get(checked) instanceof FakeEffects.Sent sent && sent.packetId() != 0) {
                    assertThat(outstanding.add(sent.packetId()))
                            .as("identifier %d is free", sent.packetId())
                            .isTrue();
                    assertThat(outstanding.size()).as("window").isLessThanOrEqualTo(window);
                }
            }
            List<String> replayed = Worlds.snapshot(Worlds.replayed(effects.records, Worlds.LIMITS));
            List<SessionRecord> live = new ArrayList<>();
            session.snapshot(live::add);
            List<String> lines = new ArrayList<>();
            live.forEach(each -> {
                if (each instanceof SessionRecord.Backlog backlog) {
                    lines.addAll(linesOf(backlog));
                    replayed.sort(null);
                } else {
                    lines.add(Worlds.line(each));
                }
            });
            if (live.stream().anyMatch(SessionRecord.Backlog.class::isInstance)) {
                lines.sort(null);
            }
            assertThat(lines).isEqualTo(replayed);
        }

        /** What a session has in the store only. */
        private List<String> linesOf(SessionRecord.Backlog backlog) {
            List<String> lines = new ArrayList<>();
            long bytes = 0;
            for (SessionRecord.Enqueued each : queue(effects.records)) {
                if (backlog.covers(each.sequence()) && each.share() == null) {
                    lines.add(Worlds.line(each));
                    bytes += each.message().weight();
                }
            }
            assertThat(backlog.messages()).as("messages in the store").isEqualTo(lines.size());
            assertThat(backlog.bytes()).as("their weight").isEqualTo(bytes);
            return lines;
        }

        /** Everything works from now on; at the end nothing is open, lost or doubled. */
        private void calmDown() {
            session.detach();
            Attachment attachment = new Attachment(ProtocolVersion.V5, 100, 0xFFFF, Long.MAX_VALUE, 0, null);
            effects.room = Integer.MAX_VALUE;
            check();
            session.attach(attachment);
            connected(attachment);
            session.resume();
            client.resend(session);
            collectRoutes();
            while (seen < effects.all.size()
                    || !client.owesNothing()
                    || !open.isEmpty()
                    || effects.wanted != null
                    || !storing.isEmpty()) {
                store();
                read();
                see(1);
                answer();
                routed();
                collectRoutes();
            }
            check();
            assertThat(session.inFlight()).isZero();
            assertThat(session.queued()).isZero();
            assertThat(session.queuedBytes()).isZero();
            assertThat(client.hasOpenMessages()).isFalse();
            checkDeliveries();
            checkPublications();
            session.detach();
            assertThat(session.slots()).as("memory").isZero();
        }

        private void checkDeliveries() {
            Set<Integer> excused = new HashSet<>(client.refused);
            effects.dropped().forEach(each -> excused.add(number(each.message())));
            int last = 0;
            long lastSequence = 0;
            for (SessionRecord.Enqueued each : effects.of(SessionRecord.Enqueued.class)) {
                assertThat(each.sequence()).as("a new sequence").isGreaterThan(lastSequence);
                lastSequence = each.sequence();
                int number = number(each.message());
                int times = client.got.getOrDefault(number, 0);
                if (!excused.contains(number)) {
                    assertThat(times).as("message %d arrived", number).isPositive();
                }
                if (each.qos() == Qos.EXACTLY_ONCE) {
                    assertThat(times).as("message %d at QoS 2", number).isLessThanOrEqualTo(1);
                }
            }
            for (FakeEffects.Sent sent : effects.sent()) {
                if (sent.packetId() != 0 && !sent.dup()) {
                    int number = number(sent.message());
                    assertThat(number).as("first deliveries in order").isGreaterThan(last);
                    last = number;
                }
            }
        }

        private void checkPublications() {
            Map<Integer, Integer> accepted = new HashMap<>();
            Map<Integer, Integer> routed = new HashMap<>();
            for (SessionRecord record : effects.records) {
                if (record instanceof SessionRecord.Accepted a) {
                    accepted.put(a.packetId(), number(a.message()));
                } else if (record instanceof SessionRecord.Routed r) {
                    routed.merge(accepted.get(r.packetId()), 1, Integer::sum);
                }
            }
            routed.forEach((number, times) -> assertThat(times)
                    .as("message %d of the client was routed for good", number)
                    .isEqualTo(1));
            Set<Integer> carried = new HashSet<>();
            effects.routes().forEach(each -> carried.add(number(each.message())));
            assertThat(carried).containsAll(client.acknowledged);
        }

        private static int number(Message message) {
            return Integer.parseInt(Worlds.text(message).trim());
        }
    }
}
