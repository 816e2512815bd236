package io.coppice.simulation;

import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Clients that come, go, subscribe and publish as chance wants it, on a broker whose doors are slow. */
final class Simulation {
    private static final int STEPS = 120;
    private static final int TOPICS = 4;
    private static final String[] FILTERS = {"t/0", "t/1", "t/+", "#", "t/#", "t/2", "t/3"};

    final World world;
    final SafeRecords safe = new SafeRecords();
    /** The latest write of each retained topic, each by its one writer; empty where it was cleared. */
    final Map<String, String> retained = new HashMap<>();

    private final List<Player> players = new ArrayList<>();
    private final Map<String, Published> all = new HashMap<>();

    Simulation(long seed) {
        Settings settings = new Settings();
        world = new World(seed, 1 + (int) (seed % 4), settings);
        world.store.delayMax = chance(3) ? 0 : 1 + random(40);
        world.registry.delayMax = chance(3) ? 0 : 1 + random(40);
        world.retainedStore.delayMax = chance(3) ? 0 : 1 + random(40);
        world.store.onSafe = safe::add;
        for (int i = 0; i < 4; i++) {
            players.add(new Player(this, "steady" + i, true));
            players.add(new Player(this, "fickle" + i, false));
        }
    }

    boolean chance(int oneIn) {
        return world.random.nextInt(oneIn) == 0;
    }

    int random(int bound) {
        return world.random.nextInt(bound);
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
        for (int step = 0; step < STEPS; step++) {
            act(players.get(random(players.size())));
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

    private void gaugesAreSane() {
        require(world.broker.connections() >= 0 && world.broker.sessions() >= 0, "a gauge is below nothing");
        require(world.broker.queuedMessages() >= 0 && world.broker.inFlightMessages() >= 0, "a gauge is below nothing");
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
            case 10 -> {
                if (player.steady) {
                    // one QoS for a topic: a repeated QoS 1 message may come after a QoS 2 one that is not repeated
                    Qos qos = Qos.of(1 + players.indexOf(player) / 2 % 2);
                    player.publish("r/" + player.client.clientId(), qos, true, chance(4));
                }
            }
            default -> player.publish("t/" + random(TOPICS), Qos.of(random(3)), false, false);
        }
    }

    private void calmDown() {
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
    }

    private void check() {
        players.forEach(Player::check);
        require(world.store.fenced.isEmpty(), "an old epoch wrote " + world.store.fenced);
        require(world.broker.connections() == players.size(), "connections: " + world.broker.connections());
        require(world.broker.sessions() == players.size(), "sessions: " + world.broker.sessions());
        require(world.broker.queuedMessages() == 0, "queued: " + world.broker.queuedMessages());
        require(world.broker.queuedBytes() == 0, "queued bytes: " + world.broker.queuedBytes());
        require(world.broker.inFlightMessages() == 0, "in flight: " + world.broker.inFlightMessages());
        require(Inside.timers(world.broker) == 0, "timers: " + Inside.timers(world.broker));
        Inside.requireQuiet(world.broker);
        checkRetained();
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
        require(world.broker.connections() == 0, "connections: " + world.broker.connections());
        require(world.broker.sessions() == 0, "sessions: " + world.broker.sessions());
        require(world.broker.subscriptions() == 0, "subscriptions: " + world.broker.subscriptions());
        require(Inside.slots(world.broker) == 0, "slots: " + Inside.slots(world.broker));
        require(world.registry.homes.isEmpty(), "homes: " + world.registry.homes);
        require(world.store.fenced.isEmpty(), "an old epoch wrote " + world.store.fenced);
        Inside.requireQuiet(world.broker);
        for (SimLoop loop : world.loops) {
            require(loop.timers() == 1, "timers of a loop besides the sweep: " + (loop.timers() - 1));
        }
    }

    // --- for the players

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

    /** Whether a session was subscribed to the message's topic, with such a QoS, when it was sent. */
    boolean isOwed(String payload, Qos qos, Sitting sitting) {
        Published message = all.get(payload);
        return message != null
                && message.owed.stream().anyMatch(each -> each.sitting == sitting && each.qos.compareTo(qos) >= 0);
    }
}
