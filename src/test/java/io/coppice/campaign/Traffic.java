package io.coppice.campaign;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The clients of a round: publishers at QoS 1 and 2, subscribers with sessions that last, a shared group, writers of
 * retained messages, clients with wills, and one client identifier that connects again and again. Of each role some speak
 * MQTT 3.1.1 and some MQTT 5.
 */
final class Traffic {
    private static final int RETAINED_TOPICS = 3;

    private final Scene scene;
    private final String round;
    private final int rate;
    private final Random random;
    private final List<Roamer> subscribers = new ArrayList<>();
    final List<Roamer> members = new ArrayList<>();
    private final List<Roamer> publishers = new ArrayList<>();
    private final List<Roamer> writers = new ArrayList<>();
    private final List<Roamer> mourned = new ArrayList<>();
    private final List<Roamer> everyone = new ArrayList<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> topics = new ArrayList<>();
    private final AtomicInteger replacements = new AtomicInteger();
    private final List<Roamer> replaced = new ArrayList<>();
    private volatile boolean stopped;
    private final List<Thread> threads = new ArrayList<>();
    /** How often the one client identifier connects, in milliseconds. */
    volatile int replacedEvery = 1500;

    Traffic(Scene scene, String round, int rate, long seed) {
        this.scene = scene;
        this.round = round;
        this.rate = rate;
        this.random = new Random(seed);
    }

    /** Everybody is connected and subscribed when it returns. */
    void begin() throws Exception {
        for (int i = 0; i < 6; i++) {
            subscribers.add(client("s" + i, 5 - i % 2));
            topics.add("c/" + round + "/s" + i + "/");
        }
        for (int i = 0; i < 3; i++) {
            members.add(client("g" + i, 5 - i % 2, scene.relays()));
        }
        for (int i = 0; i < 4; i++) {
            publishers.add(client("p" + i, 5 - i % 2));
        }
        for (int i = 0; i < 2; i++) {
            writers.add(client("w" + i, 5 - i % 2));
        }
        replace();
        List<Roamer> all = new ArrayList<>(everyone);
        all.addAll(replaced);
        for (Roamer each : all) {
            if (!Scene.until(30, each::isConnected)) {
                throw new IllegalStateException(each.name + " was not let in");
            }
        }
        for (int i = 0; i < subscribers.size(); i++) {
            subscribers.get(i).subscribe(topics.get(i) + "+", 2);
        }
        subscribers.get(0).subscribe("will/" + round + "/+", 2);
        for (Roamer member : members) {
            member.subscribe("$share/g/shared/" + round + "/+", 2);
        }
        replaced.get(0).subscribe("again/" + round, 1);
        mourn();
        spawn("publishing", this::publish);
        spawn("writing", this::write);
        spawn("replacing", this::keepReplacing);
    }

    /** Clients that connect once each, with wills; every other one has a session that lasts. */
    void mourn() throws InterruptedException {
        for (int i = 0; i < 6; i++) {
            NodeProcess node = scene.nodes.get(i % scene.nodes.size());
            String name = name("m" + mourned.size());
            Roamer.Kind kind = i % 2 == 0 ? Roamer.PASSING : Roamer.REPLACED;
            Roamer client = new Roamer(name, kind, scene, new AtomicInteger(), node, i, i % 3 == 1 ? 4 : 5)
                    .withWill("will/" + round + "/" + name)
                    .connect();
            mourned.add(client);
        }
        Scene.until(5, () -> mourned.stream().allMatch(Roamer::isConnected));
    }

    private Roamer client(String name, int version) {
        return client(name, version, Map.of());
    }

    private Roamer client(String name, int version, Map<NodeProcess, Relay> relays) {
        NodeProcess node = scene.nodes.get(everyone.size() % scene.nodes.size());
        Roamer client = new Roamer(
                        name(name),
                        Roamer.LASTING,
                        scene,
                        new AtomicInteger(),
                        node,
                        random.nextLong(),
                        version,
                        relays)
                .connect();
        everyone.add(client);
        return client;
    }

    private String name(String name) {
        return name + "." + round;
    }

    private void replace() {
        replaceAt(scene.nodes.get(random.nextInt(scene.nodes.size())));
    }

    private void replaceAt(NodeProcess node) {
        Roamer next;
        synchronized (replaced) {
            int version = 5 - replaced.size() % 2;
            next = new Roamer(name("t"), Roamer.REPLACED, scene, replacements, node, random.nextLong(), version);
            replaced.add(next);
        }
        next.connect();
    }

    private void keepReplacing() throws InterruptedException {
        while (!stopped) {
            Thread.sleep(replacedEvery);
            if (!stopped) {
                replace();
            }
        }
    }

    /** The one client identifier connects a last time, to whoever lets it in. */
    private boolean comesBack() throws InterruptedException {
        for (int i = 0; i < 3 * scene.nodes.size(); i++) {
            replaceAt(scene.nodes.get(i % scene.nodes.size()));
            if (Scene.until(13, replaced.get(replaced.size() - 1)::isConnected)) {
                return true;
            }
        }
        return false;
    }

    int replacements() {
        return replacements.get();
    }

    private void publish() throws InterruptedException {
        long begun = System.nanoTime();
        for (long n = 0; !stopped; n++) {
            long due = begun + n * 1_000_000_000L / rate;
            long now = System.nanoTime();
            if (due > now) {
                Thread.sleep(Math.max(1, (due - now) / 1_000_000));
            }
            Roamer publisher = publishers.get((int) (n % publishers.size()));
            int turn = (int) (n / publishers.size());
            int qos = 1 + turn % 2;
            int which = turn / 2 % (topics.size() + 2);
            String topic = which < topics.size()
                    ? topics.get(which) + qos
                    : which == topics.size() ? "shared/" + round + "/" + qos : "again/" + round;
            if (which == topics.size() + 1 && qos == 2) {
                continue; // a client that forgets what it has begun may get that twice
            }
            publisher.publish(topic, next(publisher, topic), qos, "plain");
        }
    }

    private void write() throws InterruptedException {
        while (!stopped) {
            Thread.sleep(100);
            Roamer writer = writers.get(random.nextInt(writers.size()));
            String topic = retained(random.nextInt(RETAINED_TOPICS));
            writer.publish(topic, next(writer, topic), 1, random.nextInt(6) == 0 ? "clear" : "retain");
        }
    }

    private String retained(int which) {
        return "retained/" + round + "/" + which;
    }

    private int next(Roamer publisher, String topic) {
        synchronized (numbers) {
            return numbers.merge(publisher.name + " " + topic, 1, Integer::sum) - 1;
        }
    }

    /** Sends no more, waits until all that was acknowledged has come, and says what nodes retain. Answers what is wrong. */
    List<String> settle() throws Exception {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
        List<String> wrong = new ArrayList<>();
        if (!Scene.until(90, () -> everyone.stream().allMatch(Roamer::isConnected))) {
            wrong.add("not let in: "
                    + everyone.stream()
                            .filter(each -> !each.isConnected())
                            .map(each -> each.name)
                            .toList());
        }
        if (!Scene.until(60, () -> scene.unanswered() == 0)) {
            wrong.add(scene.unanswered() + " messages were not answered");
        }
        if (!comesBack()) {
            wrong.add("not let in: " + replaced.get(0).name);
        }
        Scene.until(75, () -> scene.missing() == 0);
        Scene.pause(1.5); // what comes twice, and wills
        wrong.addAll(Readers.read(scene, List.of(retained(0), retained(1), retained(2)), round));
        Scene.until(10, () -> replaced.stream().filter(Roamer::isConnected).count() <= 1);
        scene.history.add(Event.Kind.QUIET);
        return wrong;
    }

    /** Leaves nothing behind. */
    void end() throws Exception {
        for (int i = 0; i < RETAINED_TOPICS; i++) {
            writers.get(0).publish(retained(i), next(writers.get(0), retained(i)), 1, "clear");
        }
        Scene.until(10, () -> scene.unanswered() == 0);
        everyone.forEach(Roamer::end);
        for (Roamer each : mourned) {
            if (!each.end()) {
                Roamer again = each.again(scene.nodes.get(0));
                Scene.until(10, again::isConnected);
                again.end();
            }
        }
        if (replaced.stream().noneMatch(Roamer::isConnected)) {
            replace();
            Scene.until(10, replaced.get(replaced.size() - 1)::isConnected);
        }
        replaced.stream().filter(Roamer::isConnected).forEach(Roamer::end);
    }

    private void spawn(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private interface Work {
        void run() throws InterruptedException;
    }
}
