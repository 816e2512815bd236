package io.coppice.simulation;

import io.coppice.broker.Broker;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.topic.ShareStrategy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Two shared groups with members on three nodes, and publishers; all come and go as chance wants it. */
final class SharedWorld {
    private static final int STEPS = 150;
    private static final int NODES = 3;

    /** The members of one shared subscription; the first is never without it. */
    private static final class Group {
        final String filter;
        final List<Member> members = new ArrayList<>();

        Group(String filter) {
            this.filter = filter;
        }
    }

    private static final class Member {
        final Group group;
        final SimClient client;
        /** Whether its session ends with its connection. */
        final boolean fickle;

        Member(Group group, SimClient client, boolean fickle) {
            this.group = group;
            this.client = client;
            this.fickle = fickle;
        }
    }

    private static final class Sent {
        final String payload;
        final Qos qos;
        boolean acked;
        /** A member may have lost it with its session, as the standard allows. */
        boolean mayBeLost;
        /** It may have been given to a second member, since nobody could know what had become of the first. */
        boolean mayBeTwice;

        final Map<Group, Integer> times = new HashMap<>();

        Sent(String payload, Qos qos) {
            this.payload = payload;
            this.qos = qos;
        }
    }

    private static final class Publisher {
        final SimClient client;
        final Map<Integer, Sent> open = new HashMap<>();

        Publisher(SimClient client) {
            this.client = client;
        }
    }

    private final Simulation.Weather weather;
    private final World world;
    private final SimCluster cluster;
    private final List<Group> groups = List.of(new Group("$share/g/t/#"), new Group("$share/h/t/1"));
    private final List<Member> members = new ArrayList<>();
    private final List<Publisher> publishers = new ArrayList<>();
    private final Map<String, Sent> all = new HashMap<>();
    private final boolean fickle;
    private @Nullable SimNode paused;

    SharedWorld(long seed, Simulation.Weather weather, boolean fickle) {
        this.weather = weather;
        this.fickle = fickle;
        Settings settings = Settings.ofThreeNodes();
        ShareStrategy[] strategies = ShareStrategy.values();
        settings.shareStrategy = strategies[(int) (seed % strategies.length)];
        settings.sharePreferLocal = seed % 5 == 0;
        settings.inFlightMax = 3;
        world = new World(seed, NODES, 1 + (int) (seed % 3), settings);
        cluster = world.cluster();
        cluster.delayMax = chance(3) ? 0 : 1 + random(20);
        cluster.viewDelayMax = 1 + random(300);
        cluster.lossOneIn = chance(2) ? 0 : 5 + random(50);
        cluster.doubleOneIn = chance(2) ? 0 : 5 + random(50);
        world.store.delayMax = chance(3) ? 0 : 1 + random(40);
        world.registry.delayMax = chance(3) ? 0 : 1 + random(40);
        world.pass(3000);
        for (Group group : groups) {
            String name = group.filter.substring(7, 8);
            for (int i = 0; i < 3; i++) {
                join(new Member(group, world.client(name + i).persistent(), false));
            }
            if (fickle) {
                join(new Member(group, world.client("fickle-" + name), true));
            }
        }
        for (int i = 0; i < 2; i++) {
            Publisher publisher = new Publisher(world.client("meter" + i).persistent());
            publisher.client.onPacket = packet -> answered(publisher, packet);
            publishers.add(publisher);
        }
        members.forEach(member -> member.client.connect(random(world.loops.size())));
        publishers.forEach(publisher -> publisher.client.connect(random(world.loops.size())));
        world.pass(1000);
        members.forEach(this::subscribe);
        world.pass(1000);
    }

    private void join(Member member) {
        member.client.onMessage = message -> {
            Sent sent = all.get(SimClient.text(message));
            if (sent != null) {
                sent.times.merge(member.group, 1, Integer::sum);
            }
        };
        member.client.onPacket = packet -> {
            if (packet instanceof Packet.ConnAck) {
                ended(member); // the session before took messages until now
            }
        };
        member.group.members.add(member);
        members.add(member);
    }

    private boolean chance(int oneIn) {
        return world.random.nextInt(oneIn) == 0;
    }

    private int random(int bound) {
        return world.random.nextInt(bound);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    void run() {
        for (int step = 0; step < STEPS; step++) {
            act();
            if (weather.kills() && chance(25)) {
                killOrStart();
            }
            if (weather.pauses() && chance(20)) {
                pauseOrGoOn();
            }
            if ((weather.cuts() || weather.gaps()) && chance(20)) {
                cluster.cutOrHeal(weather, this::kill, cut -> died());
            }
            if (chance(6)) {
                world.loops.get(random(world.loops.size())).stalled(chance(2));
            }
            for (int turns = random(25); turns > 0 && world.step(); turns--) {
                require(sum(Broker::queuedMessages) >= 0, "a gauge is below nothing");
            }
            if (chance(4)) {
                world.pass(random(60));
            }
        }
        calmDown();
        check();
    }

    // --- what happens

    private void act() {
        if (chance(2)) {
            publish(publishers.get(random(publishers.size())));
            return;
        }
        if (chance(12)) {
            Publisher publisher = publishers.get(random(publishers.size()));
            broken(publisher);
            publisher.client.connect(random(world.loops.size()));
            return;
        }
        Member member = members.get(random(members.size()));
        if (!member.client.isConnected()) {
            if (chance(2)) {
                connect(member);
            }
            return;
        }
        switch (random(10)) {
            case 0 -> connect(member);
            case 1, 2 -> {
                member.client.drop();
            }
            case 3 -> {
                if (member != member.group.members.get(0)) {
                    member.client.unsubscribe(member.group.filter);
                }
            }
            case 4, 5 -> subscribe(member);
            case 6 -> {
                member.client.connection().outputMax = 20;
                member.client.connection().congested(true);
            }
            case 7 -> member.client.connection().congested(false);
            case 8 -> member.client.acknowledges = false;
            default -> {}
        }
    }

    private void connect(Member member) {
        member.client.acknowledges = true;
        member.client.connect(random(world.loops.size()));
        world.pass(random(100));
        if (member.client.isConnected() && (member.fickle || chance(2))) {
            subscribe(member);
        }
    }

    private void subscribe(Member member) {
        member.client.subscribe(member.group.filter, Qos.EXACTLY_ONCE);
    }

    /** What a member whose session ends was sent at QoS 2 goes to nobody else (MQTT-4.8.2-5). */
    private void ended(Member member) {
        if (member.fickle) {
            for (Sent sent : all.values()) {
                sent.mayBeLost |= sent.qos == Qos.EXACTLY_ONCE;
            }
        }
    }

    private void publish(Publisher publisher) {
        if (!publisher.client.isConnected()) {
            if (!publisher.client.connection().isOpen()) {
                broken(publisher);
                publisher.client.connect(random(world.loops.size()));
            }
        } else if (publisher.client.mayPublish()) {
            Qos qos = Qos.of(1 + random(2));
            Sent sent = new Sent("m" + all.size() + ":" + qos.code(), qos);
            // a node that has lost sight of the others ends sessions without being asked
            sent.mayBeLost = fickle && weather.kills() && qos == Qos.EXACTLY_ONCE;
            all.put(sent.payload, sent);
            publisher.open.put(publisher.client.publish("t/1", sent.payload, qos), sent);
        }
    }

    private void answered(Publisher publisher, Packet packet) {
        if (packet instanceof Packet.PubAck ack) {
            answered(publisher.open.remove(ack.packetId()), ack.reasonCode());
        } else if (packet instanceof Packet.PubRec rec) {
            answered(publisher.open.remove(rec.packetId()), rec.reasonCode());
        } else if (packet instanceof Packet.ConnAck ack
                && ack.reasonCode() == ReasonCode.SUCCESS
                && !ack.sessionPresent()) {
            publisher.open.clear();
        }
    }

    private static void answered(@Nullable Sent sent, ReasonCode reason) {
        if (sent != null) {
            sent.acked = !reason.isError();
        }
    }

    /** What its publisher does not know the fate of it sends again, perhaps on another node. */
    private static void broken(Publisher publisher) {
        publisher.open.values().forEach(sent -> sent.mayBeTwice = true);
    }

    private void killOrStart() {
        if (cluster.nodes.size() == NODES && cluster.allAreMembers()) {
            kill(cluster.nodes.get(random(NODES)));
        } else if (cluster.nodes.size() < NODES) {
            cluster.start("again");
        }
    }

    private void kill(SimNode node) {
        died();
        cluster.kill(node);
    }

    /** A node is there no more. */
    private void died() {
        for (Sent sent : all.values()) {
            sent.mayBeTwice = true;
            sent.mayBeLost |= fickle; // a session in the node's memory may have had it
        }
    }

    private void pauseOrGoOn() {
        SimNode node = paused;
        if (node == null || !node.alive) {
            paused = cluster.nodes.get(random(cluster.nodes.size()));
            paused.stalled(true);
        } else if (cluster.isMember(node) && chance(3) && cluster.allAreMembers()) {
            died();
            cluster.giveUp(node);
        } else if (cluster.isMember(node)) {
            paused = null;
            node.stalled(false);
        } else if (node.isStalled()) {
            world.pass(random(4000));
            node.stalled(false);
        } else {
            paused = null;
            kill(node);
            cluster.start("again");
        }
    }

    // --- the end

    private void calmDown() {
        SimNode givenUp = paused;
        if (givenUp != null && givenUp.alive && !cluster.isMember(givenUp)) {
            kill(givenUp);
        }
        cluster.heal(this::kill);
        cluster.lossOneIn = 0;
        while (cluster.nodes.size() < NODES) {
            cluster.start("again");
        }
        world.loops.forEach(loop -> loop.stalled(false));
        for (int round = 0; round < 12; round++) {
            for (Member member : members) {
                member.client.connection().congested(false);
                if (!member.client.acknowledges) {
                    member.client.acknowledges = true;
                    member.client.drop();
                }
                if (!member.client.isConnected()) {
                    member.client.connect(random(world.loops.size()));
                }
            }
            for (Publisher publisher : publishers) {
                if (!publisher.client.isConnected()) {
                    broken(publisher);
                    publisher.client.connect(random(world.loops.size()));
                }
            }
            world.pass(1000);
        }
        world.pass(5000);
    }

    private void check() {
        String inside = "";
        for (SimNode node : cluster.nodes) {
            inside += "\n" + Inside.describe(node.broker());
        }
        for (Publisher publisher : publishers) {
            require(!publisher.client.hasOpenMessages(), publisher.client.openMessages() + " not answered" + inside);
        }
        for (Sent sent : all.values()) {
            for (Group group : groups) {
                int times = sent.times.getOrDefault(group, 0);
                require(!sent.acked || sent.mayBeLost || times > 0, sent.payload + " lost for " + group.filter);
                require(
                        times <= 1 || sent.qos == Qos.AT_LEAST_ONCE || sent.mayBeTwice,
                        sent.payload + " came " + times + " times to " + group.filter);
            }
        }
        require(sum(Broker::queuedMessages) == 0, "queued: " + sum(Broker::queuedMessages) + inside);
        require(sum(Broker::inFlightMessages) == 0, "in flight: " + sum(Broker::inFlightMessages) + inside);
        for (SimNode node : cluster.nodes) {
            Inside.requireQuiet(node.broker());
            Inside.requireStored(node.broker(), world.store::recordsOf);
        }
    }

    private long sum(ToLongFunction<Broker> gauge) {
        return cluster.nodes.stream().map(SimNode::broker).mapToLong(gauge).sum();
    }
}
