package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.port.Backup;
import io.coppice.port.Backup.Outcome;
import io.coppice.port.Backup.Piece;
import io.coppice.port.Backup.Verdict;
import io.coppice.session.SessionRecord;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node keeps goes to another one, in virtual time. */
class NodeBackupTest {
    private static final int MANY = 300;

    private World from = new World(1, 3, new Settings());
    private final Settings settings = new Settings();

    /** Everything that a node keeps, a session by its client, whole. */
    private static final class Copy {
        final List<Message> retained = new ArrayList<>();
        final Map<String, List<SessionRecord>> sessions = new LinkedHashMap<>();
        final List<String> whole = new ArrayList<>();
        int answers;
        boolean ended;
        long leftOut;

        void add(List<Piece> pieces) {
            answers++;
            for (Piece piece : pieces) {
                if (piece instanceof Piece.Retained message) {
                    retained.add(message.message());
                } else if (piece instanceof Piece.OfSession part) {
                    assertThat(whole)
                            .as("one session after the other, each once")
                            .doesNotContain(part.clientId());
                    sessions.computeIfAbsent(part.clientId(), id -> new ArrayList<>())
                            .addAll(part.records());
                    if (part.last()) {
                        whole.add(part.clientId());
                    }
                }
            }
        }
    }

    private static Copy copy(World world) {
        Copy copy = new Copy();
        Backup.Reading reading = world.broker.backup().read();
        ask(reading, copy);
        world.pass(10_000);
        assertThat(copy.ended).isTrue();
        assertThat(copy.whole).containsExactlyElementsOf(copy.sessions.keySet());
        return copy;
    }

    private static void ask(Backup.Reading reading, Copy copy) {
        reading.next(pieces -> {
            copy.add(pieces);
            if (pieces.isEmpty()) {
                copy.ended = true;
                copy.leftOut = reading.leftOut();
            } else {
                ask(reading, copy);
            }
        });
    }

    private static Map<String, Outcome> bring(Copy copy, World to, boolean replace) {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        Backup.Restoring restoring = to.broker.backup().restore(replace);
        copy.retained.forEach(message -> restoring.retained(
                message, outcome -> outcomes.put(message.topic().value(), outcome)));
        copy.sessions.forEach((clientId, records) -> {
            Backup.Incoming incoming = restoring.session(clientId);
            incoming.add(records);
            incoming.end(outcome -> outcomes.put(clientId, outcome));
        });
        to.run();
        List<String> done = new ArrayList<>();
        restoring.end(() -> done.add("done"));
        to.run();
        assertThat(done).containsExactly("done");
        assertThat(outcomes).hasSize(copy.retained.size() + copy.sessions.size());
        return outcomes;
    }

    private static Consumer<Outcome> is(Verdict verdict) {
        return outcome -> assertThat(outcome.verdict()).as(outcome.why()).isEqualTo(verdict);
    }

    /** A session with a queue and something in flight, on a loop, its client away. */
    private SimClient away(String clientId, int loop, String filter, int messages) {
        SimClient client = from.client(clientId).persistent().connect(loop).await();
        client.subscribe(filter, Qos.EXACTLY_ONCE);
        from.run();
        client.drop();
        from.run();
        SimClient meter = from.client("meter").connect((loop + 1) % 3).await();
        for (int i = 0; i < messages; i++) {
            meter.publish(filter, clientId + " " + i, i % 2 == 0 ? Qos.AT_LEAST_ONCE : Qos.EXACTLY_ONCE);
            from.run();
        }
        meter.disconnect();
        from.pass(1);
        return client;
    }

    private static List<String> numbered(String clientId, int messages) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < messages; i++) {
            all.add(clientId + " " + i);
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 110, 5_000})
    void ofAQueueThatIsNotInMemoryEverythingIsTold(long queueMemoryMax) {
        Settings paging = new Settings();
        paging.queueMemoryMax = queueMemoryMax;
        from = new World(1, 3, paging);
        away("deep", 1, "t/deep", MANY);
        Copy copy = copy(from);
        assertThat(copy.leftOut).isZero();
        List<Long> sequences = new ArrayList<>();
        for (SessionRecord record : copy.sessions.get("deep")) {
            assertThat(record).isNotInstanceOf(SessionRecord.Backlog.class);
            if (record instanceof SessionRecord.Enqueued enqueued) {
                sequences.add(enqueued.sequence());
            }
        }
        assertThat(sequences).hasSize(MANY).isSorted();

        World to = new World(2, 3, settings);
        assertThat(bring(copy, to, false).get("deep")).satisfies(is(Verdict.IMPORTED));
        SimClient client = to.client("deep").persistent().connect(2).await();
        to.run();
        assertThat(client.payloads()).isEqualTo(numbered("deep", MANY));
    }

    @Test
    void sessionsOfAllLoopsAreToldWithTheirQueuesAndWhatIsRetained() {
        for (int i = 0; i < 3; i++) {
            away("c" + i, i, "t/" + i, 5);
        }
        from.client("passing").connect(0).await();
        SimClient meter = from.client("meter").connect(1).await();
        meter.publish("r/1", "kept", Qos.AT_LEAST_ONCE, true);
        meter.publish("r/2", "kept", Qos.AT_LEAST_ONCE, true);
        meter.publish("r/2", "", Qos.AT_LEAST_ONCE, true);
        from.run();

        Copy copy = copy(from);

        assertThat(copy.whole).containsExactlyInAnyOrder("c0", "c1", "c2");
        assertThat(copy.retained).extracting(message -> message.topic().value()).containsExactly("r/1");
        assertThat(copy.sessions.get("c1").stream().filter(SessionRecord.Enqueued.class::isInstance))
                .hasSize(5);
    }

    @Test
    void aLongQueueIsToldInPartsAndAsItWasInOneMoment() {
        SimClient client = from.client("deep").persistent().connect(0).await();
        client.subscribe("t", Qos.AT_LEAST_ONCE);
        from.run();
        client.drop();
        from.run();
        SimClient meter = from.client("meter").connect(1).await();
        for (int i = 0; i < MANY; i++) {
            meter.publish("t", "x".repeat(10_000), Qos.AT_LEAST_ONCE);
            from.run();
        }
        Copy copy = new Copy();
        Backup.Reading reading = from.broker.backup().read();
        reading.next(copy::add);
        from.run();
        int first = copy.sessions.get("deep").size();
        assertThat(first).isLessThan(MANY);
        meter.publish("t", "later", Qos.AT_LEAST_ONCE);
        from.run();
        ask(reading, copy);
        from.pass(1000);

        assertThat(copy.ended).isTrue();
        assertThat(copy.answers).isGreaterThan(MANY * 10_000 / (256 << 10));
        assertThat(copy.sessions.get("deep").stream().filter(SessionRecord.Enqueued.class::isInstance))
                .hasSize(MANY);
    }

    @Test
    void aSessionThatGoesToAnotherLoopMeanwhileIsToldOnce() {
        for (int i = 0; i < MANY; i++) {
            from.client("c" + i).persistent().connect(i % 3);
        }
        from.run();
        Copy copy = new Copy();
        Backup.Reading reading = from.broker.backup().read();
        reading.next(copy::add);
        from.run();
        assertThat(copy.whole).isNotEmpty().hasSizeLessThan(MANY);
        for (int i = 0; i < MANY; i++) {
            from.client("c" + i).persistent().connect((i + 1 + i % 2) % 3);
        }
        for (int i = 0; i < 30; i++) {
            from.step();
        }
        ask(reading, copy);
        from.pass(10_000);

        assertThat(copy.ended).isTrue();
        assertThat(copy.leftOut).isZero();
        assertThat(copy.whole).hasSize(MANY).doesNotHaveDuplicates();
    }

    @Test
    void aClientFindsItsSessionElsewhereWithEverythingInOrder() {
        away("lamp", 2, "t", 10);
        World to = new World(2, 2, settings);

        assertThat(bring(copy(from), to, false).values()).allSatisfy(is(Verdict.IMPORTED));

        SimClient lamp = to.client("lamp").persistent().connect(1).await();
        assertThat(lamp.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        assertThat(lamp.payloads()).containsExactlyElementsOf(numbered("lamp", 10));
        SimClient meter = to.client("meter").connect(0).await();
        meter.publish("t", "now", Qos.EXACTLY_ONCE);
        to.run();
        assertThat(lamp.payloads()).endsWith("now").hasSize(11);
        Inside.requireQuiet(to.broker);
        Inside.requireStored(to.broker, to.store::recordsOf);
    }

    @Test
    void whatWasInFlightIsSentAgainUnderItsIdentifier() {
        SimClient lamp = from.client("lamp").persistent();
        lamp.acknowledges = false;
        lamp.connect(0).await();
        lamp.subscribe("t", Qos.EXACTLY_ONCE);
        from.run();
        SimClient meter = from.client("meter").connect(1).await();
        meter.publish("t", "1", Qos.AT_LEAST_ONCE);
        meter.publish("t", "2", Qos.EXACTLY_ONCE);
        from.run();
        List<Integer> sent = lamp.all(Packet.Publish.class).stream()
                .map(Packet.Publish::packetId)
                .toList();
        assertThat(sent).hasSize(2);

        World to = new World(2, 2, settings);
        bring(copy(from), to, false);
        SimClient back = to.client("lamp").persistent().connect(0).await();

        assertThat(back.all(Packet.Publish.class))
                .allMatch(Packet.Publish::dup)
                .extracting(Packet.Publish::packetId)
                .containsExactlyElementsOf(sent);
        assertThat(back.payloads()).containsExactly("1", "2");
        assertThat(to.broker.inFlightMessages()).isZero();
    }

    @Test
    void aQos2MessageOfTheClientThatWasTakenIsTakenNoSecondTime() {
        SimClient meter = from.client("meter").persistent().connect(0).await();
        from.client("lamp").persistent().connect(1).await().subscribe("t", Qos.EXACTLY_ONCE);
        from.run();
        meter.onFlush = packet -> {
            if (packet instanceof Packet.PubRec) {
                meter.drop(); // it never hears the answer
            }
        };
        int id = meter.publish("t", "once", Qos.EXACTLY_ONCE);
        from.run();

        World to = new World(2, 2, settings);
        bring(copy(from), to, false);
        SimClient lamp = to.client("lamp").persistent().connect(1).await();
        int had = lamp.payloads().size();
        SimClient again = to.client("meter").persistent().connect(0).await();
        Packet.Publish repeat = new Packet.Publish(
                true,
                Qos.EXACTLY_ONCE,
                false,
                TopicName.of("t"),
                id,
                0,
                -1,
                Properties.NONE,
                "once".getBytes(StandardCharsets.UTF_8));
        again.expectAnswer(repeat);
        to.run();

        assertThat(again.all(Packet.PubRec.class)).hasSize(1);
        assertThat(lamp.payloads()).as("what it had is all that it gets").hasSize(had);
    }

    /** The numbers of another node, which may be ahead of those here, must not be taken for those of what comes now. */
    @Test
    void numbersOfTheOtherNodeHideNothingThatIsNew() {
        SimClient meter = from.client("meter").persistent().connect(0).await();
        SimClient lamp = from.client("lamp").persistent().connect(1).await();
        lamp.subscribe("t", Qos.EXACTLY_ONCE);
        from.run();
        for (int i = 0; i < 20; i++) {
            meter.publish("t", "old " + i, Qos.EXACTLY_ONCE);
            from.run();
        }
        Copy copy = copy(from);
        assertThat(copy.sessions.get("lamp")).anyMatch(SessionRecord.Newest.class::isInstance);

        World to = new World(2, 2, settings);
        // the first claim in either world: the same client, the same epoch, so the same numbers
        SimClient meterThere = to.client("meter").persistent().connect(0).await();
        bring(copy, to, false);
        SimClient lampThere = to.client("lamp").persistent().connect(1).await();
        for (int i = 0; i < 20; i++) {
            meterThere.publish("t", "new " + i, Qos.EXACTLY_ONCE);
            to.run();
        }
        assertThat(lampThere.payloads()).hasSize(20).allMatch(payload -> payload.startsWith("new"));
    }

    @Test
    void whatIsThereAlreadyIsLeftAlone() {
        away("lamp", 0, "t", 3);
        SimClient writer = from.client("writer").connect(0).await();
        writer.publish("r", "old", Qos.AT_LEAST_ONCE, true);
        from.run();
        Copy copy = copy(from);

        World to = new World(2, 2, settings);
        SimClient lamp = to.client("lamp").connect(0).await(); // without a session that would stay
        SimClient meter = to.client("meter").connect(1).await();
        meter.publish("r", "new", Qos.AT_LEAST_ONCE, true);
        to.run();

        assertThat(bring(copy, to, false).values()).allSatisfy(is(Verdict.EXISTING));
        assertThat(lamp.isConnected()).isTrue();
        assertThat(lamp.log).noneMatch(Packet.Disconnect.class::isInstance);
        lamp.subscribe("r", Qos.AT_LEAST_ONCE);
        to.run();
        assertThat(lamp.payloads()).containsExactly("new");
    }

    @Test
    void whatIsThereIsReplacedOnDemandAndItsClientIsTold() {
        away("lamp", 0, "t", 3);
        SimClient writer = from.client("writer").connect(0).await();
        writer.publish("r", "old", Qos.AT_LEAST_ONCE, true);
        from.run();
        Copy copy = copy(from);

        World to = new World(2, 3, settings);
        for (int loop = 0; loop < 3; loop++) {
            SimClient lamp = to.client("lamp").persistent().connect(loop).await();
            lamp.subscribe("other/" + loop, Qos.AT_LEAST_ONCE);
            SimClient meter = to.client("meter").connect(1).await();
            meter.publish("r", "new", Qos.AT_LEAST_ONCE, true);
            to.run();

            assertThat(bring(copy, to, true).values()).allSatisfy(is(Verdict.IMPORTED));

            assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.SESSION_TAKEN_OVER);
            assertThat(to.broker.subscriptions()).isEqualTo(1);
            SimClient back =
                    to.client("lamp").persistent().connect((loop + 1) % 3).await();
            assertThat(back.payloads()).containsExactlyElementsOf(numbered("lamp", 3));
            back.subscribe("r", Qos.AT_LEAST_ONCE);
            to.run();
            assertThat(back.payloads()).endsWith("old");
            back.unsubscribe("r");
            to.run();
        }
        Inside.requireQuiet(to.broker);
        Inside.requireStored(to.broker, to.store::recordsOf);
    }

    @Test
    void whatExceedsALimitOfASessionIsRefusedWithItsName() {
        away("lamp", 0, "t", 11);
        Copy copy = copy(from);
        settings.queueMessagesMax = 10;
        assertThat(bring(copy, new World(2, 2, settings), false).get("lamp"))
                .isEqualTo(
                        new Outcome(Verdict.REFUSED, "more messages wait for it than limits.queue-messages-max, 10"));
        settings.queueMessagesMax = 11;
        settings.queueBytesMax = 11 * 90;
        assertThat(bring(copy, new World(2, 2, settings), false).get("lamp").why())
                .contains("limits.queue-bytes-max");
        settings.queueBytesMax = 1_000_000;
        settings.subscriptionsMax = 0;
        assertThat(bring(copy, new World(2, 2, settings), false).get("lamp").why())
                .contains("limits.subscriptions-per-client-max");
        settings.subscriptionsMax = 1;
        settings.sessionsMax = 0;
        assertThat(bring(copy, new World(2, 2, settings), false).get("lamp").why())
                .contains("limits.sessions-max");
        settings.sessionsMax = 1;
        World roomy = new World(2, 2, settings);
        assertThat(bring(copy, roomy, false).get("lamp")).satisfies(is(Verdict.IMPORTED));
        assertThat(roomy.broker.queuedMessages()).isEqualTo(11);
    }

    @Test
    void filtersTopicsAndWhatIsInFlightHaveTheirLimitsToo() {
        Copy copy = new Copy();
        List<SessionRecord> records = new ArrayList<>();
        records.add(new SessionRecord.Attached(0, 60, null, 0));
        Message message = new Message(
                TopicName.of("t"), new byte[0], Qos.AT_LEAST_ONCE, false, Properties.NONE, Message.NEVER, "p");
        for (int i = 1; i <= 3; i++) {
            records.add(new SessionRecord.Enqueued(i, message, Qos.AT_LEAST_ONCE, false, new int[0], null));
            records.add(new SessionRecord.Assigned(i, i));
        }
        copy.sessions.put("busy", records);
        copy.sessions.put(
                "wide",
                List.of(new SessionRecord.Subscribed(
                        new Subscription(TopicFilter.of("a/b/c/d"), SubscriptionOptions.of(Qos.AT_LEAST_ONCE), 0))));
        copy.retained.add(new Message(
                TopicName.of("a/b/c/d"), new byte[1], Qos.AT_LEAST_ONCE, true, Properties.NONE, Message.NEVER, "p"));
        copy.retained.add(new Message(
                TopicName.of("$SYS/x"), new byte[1], Qos.AT_LEAST_ONCE, true, Properties.NONE, Message.NEVER, "p"));
        settings.inFlightMax = 2;
        settings.topicLevelsMax = 3;

        Map<String, Outcome> outcomes = bring(copy, new World(2, 2, settings), false);

        assertThat(outcomes.values()).allSatisfy(is(Verdict.REFUSED));
        assertThat(outcomes.get("busy").why()).contains("limits.in-flight-max, 2");
        assertThat(outcomes.get("wide").why()).contains("limits.topic-levels-max, 3");
        assertThat(outcomes.get("a/b/c/d").why()).contains("limits.topic-levels-max, 3");
        assertThat(outcomes.get("$SYS/x").why()).contains("the broker's own");
    }

    @Test
    void retainedMessagesHaveTheirLimitsToo() {
        SimClient meter = from.client("meter").connect(0).await();
        meter.publish("r/1", "kept", Qos.AT_LEAST_ONCE, true);
        meter.publish("r/2", "kept", Qos.AT_LEAST_ONCE, true);
        from.run();
        settings.retainedMessagesMax = 1;
        World to = new World(2, 2, settings);

        assertThat(bring(copy(from), to, false).values())
                .extracting(Outcome::verdict)
                .containsExactlyInAnyOrder(Verdict.IMPORTED, Verdict.REFUSED);
        assertThat(to.broker.retainedMessages()).isEqualTo(1);
    }

    @Test
    void aSessionThatHasExpiredMeanwhileStaysAway() {
        away("lamp", 0, "t", 1);
        Copy copy = copy(from);
        World to = new World(2, 2, settings);
        to.pass(3_590_000 - 10_000);
        assertThat(bring(copy, to, false).get("lamp")).satisfies(is(Verdict.IMPORTED));
        to.pass(30_000);
        assertThat(to.broker.sessions()).as("its time goes on").isZero();

        assertThat(bring(copy, to, false).get("lamp")).satisfies(is(Verdict.EXPIRED));
    }

    @Test
    void aClientThatWasConnectedIsAwayFromNowOn() {
        from.client("lamp").persistent().connect(0).await();
        Copy copy = copy(from);
        World to = new World(2, 2, settings);
        to.pass(10_000_000);

        assertThat(bring(copy, to, false).get("lamp")).satisfies(is(Verdict.IMPORTED));
        to.pass(3_590_000);
        assertThat(to.broker.sessions()).isEqualTo(1);
        to.pass(20_000);
        assertThat(to.broker.sessions()).isZero();
        Inside.requireQuiet(to.broker);
    }

    @Test
    void aWillIsPublishedWhenAllHaveComeWhoAreToHaveIt() {
        SimClient doomed = from.client("a-doomed").persistent();
        doomed.will = new Will(
                TopicName.of("wills"),
                "gone".getBytes(StandardCharsets.UTF_8),
                Qos.EXACTLY_ONCE,
                false,
                Properties.NONE,
                0,
                -1);
        doomed.connect(0).await();
        SimClient watcher = from.client("watcher").persistent().connect(1).await();
        watcher.subscribe("wills", Qos.EXACTLY_ONCE);
        from.run();
        Copy copy = copy(from);
        World to = new World(2, 2, settings);
        Backup.Restoring restoring = to.broker.backup().restore(false);
        List<Outcome> outcomes = new ArrayList<>();
        for (String clientId : List.of("a-doomed", "watcher")) {
            Backup.Incoming incoming = restoring.session(clientId);
            incoming.add(copy.sessions.get(clientId));
            incoming.end(outcomes::add);
            to.pass(100);
        }
        assertThat(outcomes).hasSize(2).allSatisfy(is(Verdict.IMPORTED));
        restoring.end(() -> {});
        to.run();

        assertThat(to.broker.queuedMessages()).isEqualTo(1);
        SimClient back = to.client("watcher").persistent().connect(0).await();
        assertThat(back.payloads()).containsExactly("gone");
        to.pass(100_000);
        assertThat(back.payloads()).hasSize(1);
    }

    @Test
    void aWillOfAClientThatIsBackBeforeTheEndIsNotPublished() {
        SimClient doomed = from.client("doomed").persistent();
        doomed.will = new Will(TopicName.of("wills"), new byte[0], Qos.AT_LEAST_ONCE, false, Properties.NONE, 0, -1);
        doomed.connect(0).await();
        Copy copy = copy(from);
        World to = new World(2, 2, settings);
        SimClient watcher = to.client("watcher").connect(0).await();
        watcher.subscribe("wills", Qos.AT_LEAST_ONCE);
        to.run();
        Backup.Restoring restoring = to.broker.backup().restore(false);
        Backup.Incoming incoming = restoring.session("doomed");
        incoming.add(copy.sessions.get("doomed"));
        List<Outcome> outcomes = new ArrayList<>();
        incoming.end(outcomes::add);
        to.run();
        SimClient back = to.client("doomed").persistent().connect(1).await();
        restoring.end(() -> {});
        to.pass(10_000);

        assertThat(outcomes).singleElement().satisfies(is(Verdict.IMPORTED));
        assertThat(back.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        assertThat(watcher.payloads()).isEmpty();
    }

    @Test
    void nothingIsTakenThatCannotBeStored() {
        away("lamp", 0, "t", 1);
        SimClient meter = from.client("meter").connect(0).await();
        meter.publish("r/1", "kept", Qos.AT_LEAST_ONCE, true);
        from.run();
        Copy copy = copy(from);
        World to = new World(2, 2, settings);
        to.store.refusal = "the disk is full";

        assertThat(bring(copy, to, false).values())
                .allMatch(new Outcome(Verdict.FAILED, "nothing can be stored: the disk is full")::equals);
        assertThat(to.broker.sessions()).isZero();
        assertThat(to.broker.retainedMessages()).isZero();
    }

    @Test
    void aSessionThatTurnsOutNotToBeStoredIsNotThere() {
        away("lamp", 0, "t", 1);
        Copy copy = copy(from);
        World to = new World(2, 2, settings);
        to.store.broken = true;

        assertThat(bring(copy, to, false).get("lamp")).satisfies(is(Verdict.FAILED));
        to.store.broken = false;
        to.pass(1000);

        assertThat(to.broker.sessions()).isZero();
        assertThat(to.broker.subscriptions()).isZero();
        SimClient lamp = to.client("lamp").persistent().connect(0).await();
        assertThat(lamp.last(Packet.ConnAck.class).sessionPresent()).isFalse();
    }

    @Test
    void aSessionIsStoredAsOneGroupSoThatItIsThereWhollyOrNotAtAll() {
        away("lamp", 0, "t", 20);
        Copy copy = copy(from);
        World to = new World(2, 2, settings);
        to.store.stalled = true;
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        Backup.Incoming incoming = to.broker.backup().restore(false).session("lamp");
        incoming.add(copy.sessions.get("lamp"));
        incoming.end(outcome -> outcomes.put("lamp", outcome));
        to.pass(1000);
        assertThat(outcomes).isEmpty();
        assertThat(to.store.safeOf("lamp")).isEmpty();
        to.store.proceed();
        to.run();

        assertThat(outcomes.get("lamp")).satisfies(is(Verdict.IMPORTED));
        assertThat(to.store.safeOf("lamp").get(0).record()).isInstanceOf(SessionRecord.Ended.class);
        assertThat(to.store.recordsOf("lamp").stream().filter(SessionRecord.Enqueued.class::isInstance))
                .hasSize(20);
    }

    @Test
    void aNodeThatIsToldToStopTakesNothingMore() {
        away("lamp", 0, "t", 1);
        Copy copy = copy(from);
        World to = new World(2, 2, settings);
        to.broker.drain(() -> {});
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        Backup.Incoming incoming = to.broker.backup().restore(false).session("lamp");
        incoming.add(copy.sessions.get("lamp"));
        incoming.end(outcome -> outcomes.put("lamp", outcome));
        to.run();

        assertThat(outcomes.get("lamp")).isEqualTo(new Outcome(Verdict.FAILED, "this node is shutting down"));
    }
}
