package io.coppice.campaign;

import static io.coppice.campaign.Fault.Need.GCC;
import static io.coppice.campaign.Fault.Need.NAMESPACES;
import static io.coppice.campaign.Fault.Need.SHIM;
import static io.coppice.campaign.Fault.Need.SMALL_DISK;

import io.coppice.campaign.Network.Way;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** All faults. Each leaves every node running, and everything that it changed as it was. */
final class Faults {
    /** Those of the short campaign. */
    static final List<String> MAIN = List.of("kill-one", "kill-all", "pause", "cut", "rolling", "disk-full");

    static final double READY_SECONDS = 300;

    private Faults() {}

    /** By their names. */
    static Map<String, Fault> all() {
        List<Fault> faults = List.of(
                Fault.of("kill-one", "kill -9 of a node, which is started again up to 8 s later", Faults::killOne),
                Fault.of("kill-all", "kill -9 of all nodes, which are started again in any order", Faults::killAll),
                Fault.of("pause", "SIGSTOP of a node", Faults::pause),
                Fault.of("cut", "one node reaches no other", Faults::cut, NAMESPACES),
                Fault.of("rolling", "each node in turn is stopped by SIGTERM and started again", Faults::rolling),
                Fault.of(
                        "disk-full",
                        "the disk of a node is full, and half of the time the node is killed after it",
                        Disks::full,
                        SMALL_DISK),
                Fault.of("kill-two", "kill -9 of two of five nodes with two backups", Faults::killTwo)
                        .with(5, Map.of("cluster.backups", "2")),
                Fault.of(
                        "one-way",
                        "a node hears others and is not heard, or the other way round",
                        Faults::oneWay,
                        NAMESPACES),
                Fault.of(
                        "ring-broken",
                        "two nodes do not reach each other, a third reaches both",
                        Faults::ringBroken,
                        NAMESPACES),
                Fault.of("shatter", "no node reaches another", Faults::shatter, NAMESPACES),
                Fault.of("flapping", "a node comes and goes every few seconds", Faults::flapping, NAMESPACES),
                Fault.of(
                        "minority-dies",
                        "a node is cut off and killed before the network heals",
                        Faults::minorityDies,
                        NAMESPACES),
                Fault.of(
                        "loss",
                        "up to a tenth of what nodes send each other is lost, through a program of ours",
                        Delays::loss,
                        NAMESPACES,
                        GCC),
                Fault.of(
                        "delay",
                        "what nodes send each other comes up to 250 ms late, through a program of ours",
                        Delays::delay,
                        NAMESPACES,
                        GCC),
                Fault.of("cpu", "a node stands still for most of each second", Shortages::starve),
                Fault.of("descriptors", "a node may open no more files", Shortages::descriptors),
                Fault.of("heap", "nothing is left of the heap of a node, which ends with 3 by itself", Shortages::heap),
                Fault.of(
                                "power-cut",
                                "all nodes lose what they have not synced, with durability-sync: fsync",
                                Disks::powerCut,
                                SHIM)
                        .with(3, Map.of("durability-sync", "fsync")),
                Fault.of("io-error", "writing fails on a node", Disks::ioError, SHIM),
                Fault.of(
                                "slow-fsync",
                                "syncing takes up to a second on a node, with durability-sync: fsync",
                                Disks::slowSync,
                                SHIM)
                        .with(3, Map.of("durability-sync", "fsync")),
                Fault.of("clock-jump", "the clock of a node is up to an hour off for a while", Disks::clockJump, SHIM),
                Fault.of(
                        "takeover-storm",
                        "one client identifier connects 50 times a second, and a node dies",
                        Faults::storm),
                Fault.of("wills", "a node is killed when many wills are left on it", Faults::wills),
                Fault.of(
                        "members",
                        "members of a shared group die again and again, with their process or with their machine",
                        Members::die),
                Fault.of("scale", "three nodes become five and three again", Sizes::scale)
                        .with(
                                5,
                                Map.of(
                                        "cluster.expected-size", "3",
                                        "cluster.size-max", "5",
                                        "cluster.shrink-after", "5s")),
                Fault.of("mix", "any of those that go with three nodes and their defaults", Faults::mix));
        Map<String, Fault> byName = new LinkedHashMap<>();
        faults.forEach(fault -> byName.put(fault.name(), fault));
        return byName;
    }

    private static void killOne(Scene scene, Traffic traffic) throws Exception {
        kill(scene, List.of(scene.any()), scene.between(0, 8));
    }

    private static void killTwo(Scene scene, Traffic traffic) throws Exception {
        kill(scene, some(scene, 2), scene.between(0, 8));
    }

    private static void wills(Scene scene, Traffic traffic) throws Exception {
        for (int i = 0; i < 3; i++) {
            traffic.mourn();
        }
        killOne(scene, traffic);
    }

    private static void kill(Scene scene, List<NodeProcess> victims, double away) throws Exception {
        scene.say("kill -9 of " + names(victims));
        for (NodeProcess node : victims) {
            node.kill();
        }
        Scene.pause(away);
        start(scene, victims);
    }

    private static void killAll(Scene scene, Traffic traffic) throws Exception {
        List<NodeProcess> order = some(scene, scene.nodes.size());
        scene.say("kill -9 of all");
        scene.history.add(Event.Kind.WHOLE);
        for (NodeProcess node : order) {
            node.down = true;
            node.signal("KILL");
        }
        for (NodeProcess node : order) {
            node.kill();
        }
        for (NodeProcess node : order) {
            node.begin();
            Scene.pause(scene.random.nextInt(3) == 0 ? scene.between(0, 5) : 0);
        }
        scene.cluster.awaitReady(order, READY_SECONDS);
        scene.say("all are ready");
    }

    static void start(Scene scene, List<NodeProcess> those) throws IOException, InterruptedException {
        for (NodeProcess node : those) {
            node.begin();
        }
        scene.cluster.awaitReady(those, READY_SECONDS);
        scene.say(names(those) + " ready again");
    }

    private static void pause(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        double seconds = scene.between(3, scene.longest);
        scene.say("SIGSTOP of " + node.name + " for " + tenths(seconds));
        node.signal("STOP");
        try {
            Scene.pause(seconds);
        } finally {
            node.signal("CONT");
        }
        scene.say("SIGCONT of " + node.name);
    }

    private static void cut(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        part(
                scene,
                node.name + " alone",
                way -> way.from() == node.index || way.to() == node.index,
                List.of(node),
                () -> {});
    }

    private static void shatter(Scene scene, Traffic traffic) throws Exception {
        part(scene, "everyone alone", way -> true, scene.nodes, () -> {});
    }

    private static void minorityDies(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        part(
                scene,
                node.name + " alone",
                way -> way.from() == node.index || way.to() == node.index,
                List.of(node),
                () -> {
                    scene.say("kill -9 of " + node.name);
                    node.kill();
                });
        start(scene, List.of(node));
    }

    private static void oneWay(Scene scene, Traffic traffic) throws Exception {
        List<NodeProcess> two = some(scene, 2);
        int one = two.get(0).index;
        int other = two.get(1).index;
        switch (scene.random.nextInt(3)) {
            case 0 -> part(scene, "nothing from " + two.get(0).name, way -> way.from() == one, List.of(), () -> {});
            case 1 -> part(scene, "nothing to " + two.get(0).name, way -> way.to() == one, List.of(), () -> {});
            default ->
                part(
                        scene,
                        "nothing from " + two.get(0).name + " to " + two.get(1).name,
                        way -> way.from() == one && way.to() == other,
                        List.of(),
                        () -> {});
        }
    }

    private static void ringBroken(Scene scene, Traffic traffic) throws Exception {
        List<NodeProcess> two = some(scene, 2);
        Set<Integer> both = Set.of(two.get(0).index, two.get(1).index);
        part(
                scene,
                "nothing between " + names(two),
                way -> both.contains(way.from()) && both.contains(way.to()),
                List.of(),
                () -> {});
    }

    private static void flapping(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        long end = System.nanoTime() + Math.round(scene.between(5, scene.longest) * 1e9);
        while (System.nanoTime() < end) {
            part(
                    scene,
                    node.name + " alone",
                    way -> way.from() == node.index || way.to() == node.index,
                    List.of(),
                    () -> {},
                    scene.between(0.3, 8));
            Scene.pause(scene.between(0.3, 4));
        }
    }

    private interface Meanwhile {
        void act() throws Exception;
    }

    private static void part(Scene scene, String words, Predicate<Way> blocked, List<NodeProcess> out, Meanwhile last)
            throws Exception {
        part(scene, words, blocked, out, last, scene.between(5, scene.longest));
    }

    /** @param out who reaches no majority then */
    private static void part(
            Scene scene, String words, Predicate<Way> blocked, List<NodeProcess> out, Meanwhile last, double seconds)
            throws Exception {
        Set<Way> ways = new HashSet<>();
        for (int from = 0; from < scene.nodes.size(); from++) {
            for (int to = 0; to < scene.nodes.size(); to++) {
                Way way = new Way(from, to);
                if (from != to && blocked.test(way)) {
                    ways.add(way);
                }
            }
        }
        scene.say("cut: " + words + ", for " + tenths(seconds));
        scene.network.block(ways);
        out.forEach(node -> scene.history.add(Event.Kind.OUT, node.name));
        try {
            Scene.pause(seconds);
            last.act();
        } finally {
            out.forEach(node -> scene.history.add(Event.Kind.IN, node.name));
            scene.network.block(Set.of());
        }
        scene.say("healed");
    }

    private static void rolling(Scene scene, Traffic traffic) throws Exception {
        for (int i = scene.nodes.size() - 1; i >= 0; i--) {
            NodeProcess node = scene.nodes.get(i);
            stop(scene, node);
            start(scene, List.of(node));
        }
    }

    static void stop(Scene scene, NodeProcess node) throws InterruptedException {
        scene.say("SIGTERM to " + node.name);
        scene.history.add(Event.Kind.LEAVES, node.name);
        int status = node.stop();
        if (status != 0) {
            scene.cluster.wrong.add(node.name + " ended with " + status + " after SIGTERM, see " + node.log);
        }
    }

    private static void storm(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        double seconds = scene.between(5, scene.longest);
        traffic.replacedEvery = 20;
        scene.say("one client identifier connects every 20 ms, for " + tenths(seconds));
        Scene.pause(seconds / 2);
        scene.say("kill -9 of " + node.name);
        node.kill();
        Scene.pause(seconds / 2);
        traffic.replacedEvery = 1500;
        scene.say("the storm is over");
        start(scene, List.of(node));
    }

    private static void mix(Scene scene, Traffic traffic) throws Exception {
        List<Fault> some = new ArrayList<>();
        boolean compiles = Shim.hindrance().isEmpty();
        for (Fault fault : all().values()) {
            boolean fits = fault.size() == 3
                    && fault.settings().isEmpty()
                    && !fault.needs().contains(SHIM)
                    && !fault.needs().contains(SMALL_DISK)
                    && !fault.name().equals("mix");
            if (fits
                    && (scene.network.parted || !fault.needs().contains(NAMESPACES))
                    && (compiles || !fault.needs().contains(GCC))) {
                some.add(fault);
            }
        }
        for (int i = 0; i < 3; i++) {
            Fault fault = some.get(scene.random.nextInt(some.size()));
            scene.say("of the mix: " + fault.name());
            fault.deed().inflict(scene, traffic);
            Scene.pause(scene.between(0, 5));
            scene.cluster.awaitReady(scene.nodes, READY_SECONDS);
        }
    }

    private static List<NodeProcess> some(Scene scene, int count) {
        List<NodeProcess> all = new ArrayList<>(scene.nodes);
        Collections.shuffle(all, scene.random);
        return all.subList(0, count);
    }

    private static String names(List<NodeProcess> nodes) {
        return String.join(" and ", nodes.stream().map(node -> node.name).toList());
    }

    static String tenths(double seconds) {
        return String.format(java.util.Locale.ROOT, "%.1f s", seconds);
    }
}
