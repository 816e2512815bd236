package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.NodeView;
import io.coppice.port.NodeView.ClientEntry;
import io.coppice.port.NodeView.ClientFilter;
import io.coppice.port.NodeView.Held;
import io.coppice.port.NodeView.Page;
import io.coppice.port.NodeView.SubscriptionFilter;
import io.coppice.session.Outgoing;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a node tells of its sessions, in virtual time. */
class OverviewTest {
    private static final ClientFilter ANY = new ClientFilter("", "", null, "", null);
    private static final int MANY = 1_500;

    private final World world = new World(1, 3, new Settings());
    private final NodeView view = world.broker.view();

    private <T> T asked(Consumer<Consumer<T>> question) {
        List<T> answers = new ArrayList<>();
        question.accept(answers::add);
        world.run();
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    private Page<ClientEntry> clients(ClientFilter filter, String after, int limit) {
        return asked(then -> view.clients(filter, after, limit, then));
    }

    private List<String> ids(ClientFilter filter) {
        return clients(filter, "", 100).items().stream()
                .map(ClientEntry::clientId)
                .toList();
    }

    private void lamps(int count) {
        for (int i = 0; i < count; i++) {
            world.client("lamp-" + i).connect(i % 3);
        }
        world.run();
    }

    @Test
    void pageByPageEverySessionOfEveryLoopComesOnceAndInOrder() {
        lamps(MANY);
        TreeSet<String> expected = new TreeSet<>();
        for (int i = 0; i < MANY; i++) {
            expected.add("lamp-" + i);
        }

        List<String> seen = new ArrayList<>();
        boolean more = true;
        while (more) {
            Page<ClientEntry> page = clients(ANY, seen.isEmpty() ? "" : seen.get(seen.size() - 1), 70);
            page.items().forEach(each -> seen.add(each.clientId()));
            more = page.more();
            assertThat(page.items()).hasSizeLessThanOrEqualTo(70);
        }

        assertThat(seen).containsExactlyElementsOf(expected);
    }

    /** What one question costs a loop at a time, however many sessions there are. */
    @Test
    void aLoopLooksAtSomeSessionsInEachTurn() {
        lamps(MANY);
        List<Integer> turns = new ArrayList<>();
        Shard shard = world.broker.shards.get(0);
        int[] looked = {0};
        shard.loop.execute(() -> SessionSurvey.of(
                shard, List.copyOf(shard.slots.values()), slot -> ++looked[0] < 0, 10, found -> turns.add(-1)));
        while (turns.isEmpty() || turns.get(turns.size() - 1) >= 0) {
            int before = looked[0];
            assertThat(world.step()).isTrue();
            assertThat(looked[0] - before).isLessThanOrEqualTo(SessionSurvey.SLICE);
        }
        assertThat(looked[0]).isEqualTo(shard.slots.size());
    }

    @Test
    void aSessionThatEndsWhileItIsLookedForIsNotTold() {
        lamps(3);
        Shard shard = world.broker.shards.get(0);
        List<SessionSlot> found = new ArrayList<>();
        List<SessionSlot> slots = List.copyOf(shard.slots.values());
        slots.forEach(SessionSlot::gone);
        SessionSurvey.of(shard, slots, slot -> true, 10, found::addAll);
        assertThat(found).isEmpty();
    }

    @Test
    void filtersAreAllHeldAgainstASession() {
        SimClient anna = world.client("anna-1").persistent();
        anna.userName = "anna";
        anna.host = "10.1.2.3";
        anna.connect(0);
        SimClient bert = world.client("bert-1").persistent();
        bert.userName = "bert";
        bert.connect(1).await();
        bert.disconnect();
        world.client("bert-2").connect(2);
        world.run();

        assertThat(ids(ANY)).containsExactly("anna-1", "bert-1", "bert-2");
        assertThat(ids(new ClientFilter("bert", "", null, "", null))).containsExactly("bert-1", "bert-2");
        assertThat(ids(new ClientFilter("", "-1", null, "", null))).containsExactly("anna-1", "bert-1");
        assertThat(ids(new ClientFilter("", "", "anna", "", null))).containsExactly("anna-1");
        assertThat(ids(new ClientFilter("", "", "bert", "", null)))
                .as("it is known whose it is while its client is away")
                .containsExactly("bert-1");
        assertThat(ids(new ClientFilter("", "", null, "10.1.", null))).containsExactly("anna-1");
        assertThat(ids(new ClientFilter("", "", null, "", false))).containsExactly("bert-1");
        assertThat(ids(new ClientFilter("", "", null, "", true))).containsExactly("anna-1", "bert-2");
        assertThat(ids(new ClientFilter("anna", "2", null, "", null))).isEmpty();
    }

    @Test
    void oneSessionIsToldWithItsConnection() {
        SimClient anna = world.client("anna").persistent();
        anna.keepAlive = 30;
        anna.userName = "anna";
        anna.connect(1).await();
        anna.subscribe("b", Qos.AT_LEAST_ONCE);
        anna.subscribe("a/+", SubscriptionOptions.of(Qos.EXACTLY_ONCE), 7);
        world.run();

        NodeView.Detail detail = asked(then -> view.client("anna", 1, then));

        assertThat(detail.client().user()).isEqualTo("anna");
        assertThat(detail.client().loop()).isEqualTo(1);
        assertThat(detail.client().sessionExpiry()).isEqualTo(3600);
        assertThat(detail.client().parkedAt()).isEqualTo(-1);
        assertThat(detail.client().subscriptions()).isEqualTo(2);
        NodeView.Link link = detail.client().connection();
        assertThat(link).isNotNull();
        assertThat(link.keepAlive()).isEqualTo(30);
        assertThat(link.protocol()).isEqualTo("5");
        assertThat(link.since()).isEqualTo(world.now());
        assertThat(detail.held()).as("no more than was asked for").hasSize(1);
        assertThat(detail.held().get(0).filter().value()).isEqualTo("a/+");
        assertThat(detail.held().get(0).identifier()).isEqualTo(7);
    }

    @Test
    void whatIsNotThereIsNull() {
        List<Object> answers = new ArrayList<>();
        view.client("nobody", 1, answers::add);
        view.queue("nobody", 1, answers::add);
        view.publishing("nobody", TopicName.of("a"), answers::add);
        world.run();
        assertThat(answers).containsExactly(null, null, null);
    }

    @Test
    void aQueueIsToldByItsHead() {
        SimClient lamp = world.client("lamp").persistent();
        lamp.receiveMaximum = 2;
        lamp.acknowledges = false;
        lamp.connect(0).await();
        lamp.subscribe("q", Qos.AT_LEAST_ONCE);
        SimClient meter = world.client("meter").connect(2).await();
        for (int i = 0; i < 9; i++) {
            meter.publish("q", "" + i, Qos.AT_LEAST_ONCE);
        }
        world.run();

        NodeView.Queue queue = asked(then -> view.queue("lamp", 3, then));

        assertThat(queue.client().inFlight()).isEqualTo(2);
        assertThat(queue.client().queued()).isEqualTo(7);
        assertThat(queue.inFlight()).extracting(OverviewTest::payload).containsExactly("0", "1");
        assertThat(queue.inFlight()).extracting(Outgoing::packetId).containsExactly(1, 2);
        assertThat(queue.head()).extracting(OverviewTest::payload).containsExactly("2", "3", "4");
        assertThat(queue.head()).extracting(Outgoing::packetId).containsOnly(0);
    }

    private static String payload(Outgoing each) {
        return new String(each.message().payload(), java.nio.charset.StandardCharsets.UTF_8);
    }

    // --- subscriptions

    private Page<Held> held(SubscriptionFilter filter, String afterClient, String afterFilter, int limit) {
        return asked(then -> view.subscriptions(filter, afterClient, afterFilter, limit, then));
    }

    private static List<String> texts(List<Held> held) {
        return held.stream()
                .map(each -> each.clientId() + " " + each.subscription().filter())
                .toList();
    }

    private void subscribers() {
        for (int i = 0; i < 4; i++) {
            SimClient lamp = world.client("l" + i).connect(i % 3).await();
            lamp.subscribe("a/" + i, Qos.AT_MOST_ONCE);
            lamp.subscribe("a/+", Qos.AT_LEAST_ONCE);
            lamp.subscribe("$share/g/a/#", Qos.AT_LEAST_ONCE);
            world.run();
        }
    }

    @Test
    void subscriptionsComePageByPageAlsoWithinOneClient() {
        subscribers();
        List<String> all = new ArrayList<>();
        String client = "";
        String filter = "";
        boolean more = true;
        while (more) {
            Page<Held> page = held(new SubscriptionFilter(null, null, null), client, filter, 2);
            all.addAll(texts(page.items()));
            Held last = page.items().get(page.items().size() - 1);
            client = last.clientId();
            filter = last.subscription().filter().value();
            more = page.more();
        }
        assertThat(all).hasSize(12).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void subscriptionsAreFoundByFilterClientAndTopic() {
        subscribers();

        assertThat(texts(held(new SubscriptionFilter(null, TopicFilter.of("a/2"), null), "", "", 10)
                        .items()))
                .containsExactly("l2 a/2");
        assertThat(texts(held(new SubscriptionFilter("l1", null, null), "", "", 10)
                        .items()))
                .containsExactly("l1 $share/g/a/#", "l1 a/+", "l1 a/1");
        assertThat(texts(held(new SubscriptionFilter("l1", null, TopicName.of("a/2")), "", "", 10)
                        .items()))
                .containsExactly("l1 $share/g/a/#", "l1 a/+");
        assertThat(texts(held(new SubscriptionFilter(null, null, TopicName.of("a/3")), "", "", 100)
                        .items()))
                .hasSize(9)
                .contains("l3 a/3", "l0 a/+", "l2 $share/g/a/#")
                .doesNotContain("l0 a/0");
    }

    @Test
    void whoMayNotReceiveIsToldAndNothingIsCounted() {
        subscribers();
        long before = decisions();
        world.gatekeeper.topicsHidden.add("a/1");

        assertThat(held(new SubscriptionFilter("l1", null, TopicName.of("a/1")), "", "", 10)
                        .items())
                .extracting(Held::mayReceive)
                .containsOnly(false);
        assertThat(held(new SubscriptionFilter("l1", null, TopicName.of("a/2")), "", "", 10)
                        .items())
                .extracting(Held::mayReceive)
                .containsOnly(true);
        assertThat(held(new SubscriptionFilter("l1", null, null), "", "", 10).items())
                .extracting(Held::mayReceive)
                .containsOnlyNulls();
        world.gatekeeper.topicsForbidden.add("a/1");
        assertThat(this.<NodeView.Publishing>asked(then -> view.publishing("l1", TopicName.of("a/1"), then))
                        .qos())
                .containsExactly(false, false, false);
        assertThat(decisions()).isEqualTo(before);
    }

    private long decisions() {
        return world.broker.counters().stream()
                .mapToLong(each -> each.authorizations(true) + each.authorizations(false))
                .sum();
    }

    // --- what is retained

    @Test
    void retainedMessagesComeByTopicPageByPage() {
        SimClient meter = world.client("meter").connect(0).await();
        for (int i = 0; i < 40; i++) {
            meter.publish("r/" + i % 4 + "/" + i, "x", Qos.AT_MOST_ONCE, true);
        }
        world.run();
        List<String> all = new ArrayList<>();
        boolean more = true;
        while (more) {
            String after = all.isEmpty() ? "" : all.get(all.size() - 1);
            Page<io.coppice.mqtt.Message> page =
                    asked(then -> view.retained(TopicFilter.of("r/#"), "r/1", after, 3, then));
            page.items().forEach(each -> all.add(each.topic().value()));
            more = page.more();
        }
        assertThat(all).hasSize(10).isSorted().allMatch(topic -> topic.startsWith("r/1/"));
        assertThat(view.retained(TopicName.of("r/0/4"))).isNotNull();
        assertThat(view.retained(TopicName.of("r/0/5"))).isNull();
    }
}
