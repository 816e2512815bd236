package io.coppice.simulation;

import io.coppice.broker.Broker;
import io.coppice.broker.ClusterSettings;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Clients that come, go, subscribe and publish as chance wants it, on a broker whose doors are slow. */
final class Simulation {
    private static final int STEPS = 120;
    private static final int STEPS_OF_FEW = 250;
    private static final int TOPICS = 4;
    private static final int NODES = 3;
    /** Milliseconds: longer than it takes to find what the nodes have of retained messages to differ, and to put it right. */
    private static final long REPAIRED = 30_000;

    private static final String[] FILTERS = {"t/0", "t/1", "t/+", "#", "t/#", "t/2", "t/3"};

    final World world;
    final SafeRecords safe = new SafeRecords();
    /** The latest write of each retained topic, each by its one writer; empty where it was cleared. */
    final Map<String, String> retained = new HashMap<>();

    /** Of the one publisher, where there are two subscribers and one topic; null where there are many of each. */
    private final @Nullable Qos qosOfFew;

    /** Null where there is one node. */
    private final @Nullable Weather weather;

    /** Null where there is one node. */
    private final @Nullable RetainedWatch watch;

    /** Null where all nodes are of one release. */
    private @Nullable SimRoll roll;

    private @Nullable SimNode paused;
    /** It was told to stop. */
    private @Nullable SimNode leaving;

    private final List<Player> players = new ArrayList<>();
    private final Map<String, Published> all = new HashMap<>();

    /** One node. */
    Simulation(long seed) {
        this(new World(seed, 1 + (int) (seed % 4), ofOneNode(seed)), null, null);
        world.store.unreadOneIn = 5;
    }

    /** Most hold only a few messages of a queue in memory. */
    private static Settings ofOneNode(long seed) {
        Settings settings = new Settings();
        settings.queueMemoryMax = seed % 4 == 0 ? Long.MAX_VALUE : seed % 7 * 110;
        return settings;
    }

    /**
     * What happens to several nodes besides a network that loses, repeats and delays.
     *
     * @param pauses whether nodes do nothing for a while: shorter than the others have patience, or so long that they
     *     are given up and replaced, and then act for a moment as if nothing had been
     * @param kills whether nodes die
     * @param leaves whether nodes are told to stop
     * @param losesClaims whether the registry leaves claimants in doubt
     * @param cuts whether a node is cut off for a while, from the others and from what is stored with them
     * @param gaps whether two nodes do not reach each other for a while, though a third reaches both
     * @param fullDisks whether a node's disk is full for a while
     * @param oneWays whether nothing comes from one node to another for a while, though it does the other way, and the latter may die of it
     * @param slow whether loops take their time, and have for the rest of a turn the time at which it began
     * @param rolls whether nodes are replaced by such of the next release, one after the other, and back, until what they write goes up
     */
    record Weather(
            boolean pauses,
            boolean kills,
            boolean leaves,
            boolean losesClaims,
            boolean cuts,
            boolean gaps,
            boolean fullDisks,
            boolean oneWays,
            boolean slow,
            boolean rolls) {
        static final Weather FAIR = of("");
        static final Weather PAUSES = of("p");
        static final Weather KILLS = of("k");
        static final Weather LEAVES = of("l");
        static final Weather LEAVES_AND_KILLS = of("lk");
        static final Weather LOSES_CLAIMS = of("c");
        static final Weather LOSES_CLAIMS_AND_KILLS = of("ck");
        static final Weather CUTS = of("u");
        static final Weather GAPS = of("g");
        static final Weather FULL_DISKS = of("d");
        static final Weather ONE_WAYS = of("o");
        static final Weather ALL = of("pkcugdo");

        /** @param letters p, k, l, c, u, g, d, o, t and v, in the order of the record */
        static Weather of(String letters) {
            return new Weather(
                    letters.contains("p"),
                    letters.contains("k"),
                    letters.contains("l"),
                    letters.contains("c"),
                    letters.contains("u"),
                    letters.contains("g"),
                    letters.contains("d"),
                    letters.contains("o"),
                    letters.contains("t"),
                    letters.contains("v"));
        }
    }

    /** Three nodes. */
    Simulation(long seed, Weather weather) {
        this(seed, weather, Long.MAX_VALUE);
    }

    /** Three nodes that hold so much of a queue in memory. */
    Simulation(long seed, Weather weather, long queueMemoryMax) {
        this(seed, weather, queueMemoryMax, null);
    }

    /**
     * Three nodes, and one client that publishes a lot on one topic to two others; all of them go from node to node without patience,
     * so that a message has hardly come to where its subscriber is when that is somewhere else.
     */
    static Simulation ofFew(long seed, Weather weather, Qos qos) {
        return new Simulation(seed, weather, Long.MAX_VALUE, qos);
    }

    private Simulation(long seed, Weather weather, long queueMemoryMax, @Nullable Qos qosOfFew) {
        this(new World(seed, NODES, 1 + (int) (seed % 3), settings(queueMemoryMax)), weather, qosOfFew);
        SimCluster cluster = world.cluster();
        cluster.delayMax = chance(3) ? 0 : 1 + random(20);
        cluster.viewDelayMax = 1 + random(300);
        cluster.lossOneIn = chance(2) ? 0 : 5 + random(50);
        cluster.doubleOneIn = chance(2) ? 0 : 5 + random(50);
        world.registry.lostOneIn = weather.losesClaims() ? 3 + random(10) : 0;
        world.turnMax = weather.slow() ? 1 + random(300) : 0;
        if (weather.rolls()) {
            roll = new SimRoll(world);
        }
        world.pass(3000);
    }

    /** How many nodes write the next version. */
    long raised() {
        return world.cluster().nodes.stream()
                .filter(node -> node.release().version.written() == SimRelease.NEXT.newest())
                .count();
    }

    /** As much patience with subscriptions as a real node has: more than anybody is cut off for without being given up. */
    private static Settings settings(long queueMemoryMax) {
        Settings settings = new Settings();
        settings.queueMemoryMax = queueMemoryMax;
        settings.cluster = new ClusterSettings(NODES, Settings.LEASE, 300, 200, 5000, 20_000, 10_000, 60_000, 1000);
        return settings;
    }

    private Simulation(World world, @Nullable Weather weather, @Nullable Qos qosOfFew) {
        this.world = world;
        this.weather = weather;
        this.qosOfFew = qosOfFew;
        this.watch = weather == null ? null : new RetainedWatch(world);
        world.store.delayMax = chance(3) ? 0 : 1 + random(40);
        world.registry.delayMax = chance(3) ? 0 : 1 + random(40);
        world.retainedStore.delayMax = chance(3) ? 0 : 1 + random(40);
        world.store.onSafe = safe::add;
        for (int i = 0; i < (qosOfFew == null ? 4 : 3); i++) {
            players.add(new Player(this, "steady" + i, true));
            if (qosOfFew == null) {
                players.add(new Player(this, "fickle" + i, false));
            }
        }
    }

    /** Somebody is asked what clients may do, who allows everything and takes his time. */
    Simulation asking() {
        SimQuestions questions = new SimQuestions(world);
        questions.delayMax = 1 + random(200);
        questions.lifeMillis = 1000 + random(10_000);
        world.gatekeeper.questions = questions;
        return this;
    }

    boolean chance(int oneIn) {
        return world.random.nextInt(oneIn) == 0;
    }

    int random(int bound) {
        return world.random.nextInt(bound);
    }

    /** Whether a node may say that it does not serve now. */
    boolean mayBeUnavailable() {
        return weather != null
                && (weather.kills
                        || weather.pauses
                        || weather.leaves
                        || weather.losesClaims
                        || weather.cuts
                        || weather.gaps
                        || weather.fullDisks
                        || weather.oneWays
                        || weather.rolls);
    }

    /** Whether a node may refuse what a client of version 5 publishes, instead of ending its connection. */
    boolean mayRefuse() {
        return weather != null && weather.fullDisks;
    }

    void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    void run() {
        for (Player player : players) {
            player.connect(random(world.loops.size()));
        }
        for (int step = 0; step < (qosOfFew == null ? STEPS : STEPS_OF_FEW); step++) {
            Player player = players.get(random(players.size()));
            if (qosOfFew == null) {
                act(player);
            } else {
                actOfFew(player, qosOfFew);
            }
            if (weather != null && (weather.kills || weather.leaves) && chance(25)) {
                loseOrStart(weather);
            }
            if (roll != null && chance(8)) {
                roll.step();
            }
            if (weather != null && weather.pauses && chance(20)) {
                pauseOrGoOn();
            }
            if (weather != null && (weather.cuts || weather.gaps) && chance(20)) {
                world.cluster().cutOrHeal(weather, world.cluster()::kill, node -> {});
            }
            if (weather != null && weather.fullDisks && chance(15)) {
                fillOrEmptyADisk();
            }
            if (weather != null && weather.oneWays && chance(12)) {
                world.cluster().silenceOrHeal();
            }
            if (watch != null && chance(15)) {
                watch.probe(random(world.loops.size()));
            }
            if (chance(6)) {
                // one loop does nothing for a while, what goes round by the others overtakes it
                world.loops.get(random(world.loops.size())).stalled(chance(2));
            }
            for (int turns = random(25); turns > 0 && world.step(); turns--) {
                gaugesAreSane();
            }
            if (chance(4)) {
                world.pass(random(30));
            }
        }
        calmDown();
        check();
        end();
    }

    /** Never more than one of three is away. */
    private void loseOrStart(Weather weather) {
        SimCluster cluster = world.cluster();
        SimNode going = leaving;
        if (going != null && going.alive) {
            if (weather.kills && chance(4)) {
                cluster.kill(going);
            }
        } else if (cluster.nodes.size() == NODES && cluster.allAreMembers()) {
            SimNode chosen = cluster.nodes.get(random(NODES));
            if (weather.leaves && (!weather.kills || chance(2))) {
                leaving = chosen;
                cluster.leave(chosen);
            } else {
                cluster.kill(chosen);
            }
        } else if (cluster.nodes.size() < NODES) {
            cluster.start("again");
        }
    }

    private void pauseOrGoOn() {
        SimCluster cluster = world.cluster();
        SimNode paused = this.paused;
        if (paused == null || !paused.alive) {
            this.paused = cluster.nodes.get(random(cluster.nodes.size()));
            this.paused.stalled(true);
        } else if (cluster.isMember(paused) && chance(3) && cluster.allAreMembers()) {
            cluster.giveUp(paused);
        } else if (cluster.isMember(paused)) {
            this.paused = null;
            paused.stalled(false);
        } else if (paused.isStalled()) {
            world.pass(random(4000)); // before it wakes it may have been replaced, or not
            paused.stalled(false);
        } else {
            this.paused = null;
            cluster.kill(paused);
            cluster.start("again");
        }
    }

    /** Never more than one is full. */
    private void fillOrEmptyADisk() {
        List<SimNode> nodes = world.cluster().nodes;
        if (nodes.stream().anyMatch(node -> node.disk.full)) {
            if (chance(2)) {
                world.pass(random(4000)); // sessions may leave it meanwhile, or others may not wait any longer
            } else {
                nodes.forEach(node -> node.disk.full = false);
            }
        } else {
            nodes.get(random(nodes.size())).disk.full = true;
        }
    }

    private void gaugesAreSane() {
        require(sum(Broker::connections) >= 0 && sum(Broker::sessions) >= 0, "a gauge is below nothing");
        require(sum(Broker::queuedMessages) >= 0 && sum(Broker::inFlightMessages) >= 0, "a gauge is below nothing");
    }

    private List<Broker> brokers() {
        return weather == null
                ? List.of(world.broker)
                : world.cluster().nodes.stream().map(SimNode::broker).toList();
    }

    private String inside() {
        return brokers().stream().map(Inside::describe).collect(Collectors.joining("\n"));
    }

    private long sum(ToLongFunction<Broker> gauge) {
        return brokers().stream().mapToLong(gauge).sum();
    }

    private void act(Player player) {
        if (!player.client.isConnected()) {
            if (chance(2)) {
                player.connect(random(world.loops.size()));
            }
            return;
        }
        switch (random(20)) {
            case 0, 1, 2, 3 -> {
                int filter = random(FILTERS.length);
                player.subscribe(
                        FILTERS[filter],
                        Qos.of((filter + player.client.clientId().length()) % 3));
            }
            case 4 -> player.unsubscribe(FILTERS[random(FILTERS.length)]);
            case 5, 6 -> player.connect(random(world.loops.size()));
            case 7 -> player.leave(random(3));
            case 8 -> player.client.connection().congested(true);
            case 9 -> player.client.connection().congested(false);
            case 10 -> retain(player);
            default -> {
                if (weather != null && chance(6)) {
                    retain(player);
                } else {
                    player.publish("t/" + random(TOPICS), Qos.of(random(3)));
                }
            }
        }
    }

    private void actOfFew(Player player, Qos qos) {
        if (!player.client.isConnected()) {
            if (chance(3)) {
                player.connect(random(world.loops.size()));
            }
            return;
        }
        boolean publishes = player == players.get(0);
        switch (random(20)) {
            case 0, 1, 2, 3 -> {
                if (!publishes) {
                    player.subscribe("t/0", qos);
                }
            }
            case 5, 6 -> player.connect(random(world.loops.size()));
            case 7 -> player.leave(2);
            default -> {
                for (int i = 0; publishes && i < 1 + random(2); i++) {
                    player.publish("t/0", qos);
                }
            }
        }
    }

    private void retain(Player player) {
        if (weather != null) {
            player.retain("r/" + random(TOPICS), Qos.of(random(3)), chance(4), chance(6) ? 1 + random(3) : -1);
        } else if (player.steady) {
            // one QoS for a topic: a repeated QoS 1 message may come after a QoS 2 one that is not repeated
            Qos qos = Qos.of(1 + players.indexOf(player) / 2 % 2);
            player.retain("r/" + player.client.clientId(), qos, chance(4), -1);
        }
    }

    private void calmDown() {
        if (weather != null) {
            SimNode givenUp = paused;
            if (givenUp != null && givenUp.alive && !world.cluster().isMember(givenUp)) {
                world.cluster().kill(givenUp);
            }
            world.cluster().heal(world.cluster()::kill);
            world.cluster().silenced = null;
            world.cluster().nodes.forEach(node -> node.disk.full = false);
            world.cluster().lossOneIn = 0;
            world.registry.lostOneIn = 0;
            world.loops.forEach(loop -> loop.stalled(false));
            if (roll != null) {
                roll.end();
            }
            for (SimNode going = leaving; going != null && going.alive; ) {
                world.pass(500);
            }
            while (world.cluster().nodes.size() < NODES) {
                world.cluster().start("again");
            }
        }
        world.loops.forEach(loop -> loop.stalled(false));
        for (int round = 0; round < 10; round++) {
            for (Player player : players) {
                player.client.connection().congested(false);
            }
            world.pass(500);
            for (Player player : players) {
                if (!player.client.isConnected()) {
                    player.connect(random(world.loops.size()));
                }
            }
            world.pass(500);
        }
        if (watch != null) {
            world.pass(REPAIRED);
            watch.check();
            world.pass(500);
        }
    }

    private void check() {
        if (world.gatekeeper.questions != null) {
            world.gatekeeper.questions.quick = true;
            world.pass(1000); // with whom is asked now
        }
        require(mayBeUnavailable() || world.store.fenced.isEmpty(), "an old epoch wrote " + world.store.fenced);
        for (Player player : players) {
            if (!player.client.isConnected()) {
                throw new AssertionError(player.client.clientId() + " is not connected: " + inside());
            }
        }
        players.forEach(Player::check);
        requireSum("connections", Broker::connections, players.size());
        requireSum("sessions", Broker::sessions, players.size());
        requireSum("queued", Broker::queuedMessages, 0);
        requireSum("queued bytes", Broker::queuedBytes, 0);
        requireSum("in flight", Broker::inFlightMessages, 0);
        requireSum("timers", Inside::timers, world.gatekeeper.questions == null ? 0 : players.size()); // to ask again
        brokers().forEach(Inside::requireQuiet);
        brokers().forEach(broker -> Inside.requireStored(broker, world.store::recordsOf));
        if (weather == null) {
            checkRetained();
        }
    }

    private void requireSum(String what, ToLongFunction<Broker> gauge, long expected) {
        require(
                sum(gauge) == expected,
                what + ": " + sum(gauge) + " instead of " + expected + (sum(gauge) == expected ? "" : inside()));
    }

    private void checkRetained() {
        Map<String, String> seen = new HashMap<>();
        SimClient reader = world.client("reader").connect(0);
        reader.onMessage = message -> seen.put(message.topic().value(), SimClient.text(message));
        reader.subscribe("r/#", Qos.AT_LEAST_ONCE);
        world.pass(500);
        retained.values().removeIf(String::isEmpty);
        require(seen.equals(retained), "retained is " + seen + ", written was " + retained);
        require(world.broker.retainedMessages() == seen.size(), "retained: " + world.broker.retainedMessages());
        reader.disconnect();
    }

    /** Everybody leaves for good: nothing is left of anybody. */
    private void end() {
        for (Player player : players) {
            player.client.cleanStart = true;
            player.client.expiry = 0;
            player.client.onPacket = packet -> {};
            player.client.onFlush = packet -> {};
            player.client.connect(random(world.loops.size()));
        }
        world.pass(1000);
        for (Player player : players) {
            require(player.client.last(Packet.ConnAck.class).reasonCode().code() == 0, "a clean start was refused");
            player.client.disconnect();
        }
        world.pass(2000);
        requireSum("connections", Broker::connections, 0);
        requireSum("sessions", Broker::sessions, 0);
        requireSum("subscriptions", Broker::subscriptions, 0);
        requireSum("slots", Inside::slots, 0);
        require(world.registry.homes.isEmpty(), "homes: " + world.registry.homes);
        brokers().forEach(Inside::requireQuiet);
        if (weather == null) {
            require(world.store.fenced.isEmpty(), "an old epoch wrote " + world.store.fenced);
            for (SimLoop loop : world.loops) {
                require(loop.timers() == 1, "timers of a loop besides the sweep: " + (loop.timers() - 1));
            }
        }
    }

    // --- for the players

    /** A publish was answered. */
    void answered(Published message) {
        if (watch != null) {
            watch.acked(message);
        }
    }

    /** Subscriptions that stand and match a topic. */
    List<Published.Subscribed> owed(String topic) {
        List<Published.Subscribed> owed = new ArrayList<>();
        for (Player player : players) {
            for (Published.Subscribed each : player.standing()) {
                if (matches(TopicFilter.of(each.filter), TopicName.of(topic))) {
                    owed.add(each);
                }
            }
        }
        return owed;
    }

    /** Spelled out, so that the broker's own matching is not asked. */
    static boolean matches(TopicFilter filter, TopicName topic) {
        String[] levels = topic.value().split("/", -1);
        String[] wanted = filter.levels();
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].equals("#")) {
                return true;
            }
            if (i >= levels.length || !wanted[i].equals("+") && !wanted[i].equals(levels[i])) {
                return false;
            }
        }
        return wanted.length == levels.length;
    }

    void published(Published message) {
        all.put(message.payload, message);
    }

    boolean isExempt(String payload) {
        Published message = all.get(payload);
        return message != null && message.exempt;
    }

    /** Whether a session was subscribed to the message's topic, with such a QoS, when it was sent, and gets it in order. */
    boolean isOwed(String payload, Qos qos, Sitting sitting) {
        Published message = all.get(payload);
        return message != null
                && !message.refusable
                && message.owed.stream().anyMatch(each -> each.sitting == sitting && each.qos.compareTo(qos) >= 0);
    }
}
