package io.coppice.campaign;

import io.coppice.blackbox.HeapFiller;

/** Faults of a node that lacks what it runs on. */
final class Shortages {
    private Shortages() {}

    static void starve(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        double seconds = scene.between(5, scene.longest);
        scene.say(node.name + " runs 100 ms of each second, for " + Faults.tenths(seconds));
        long end = System.nanoTime() + Math.round(seconds * 1e9);
        try {
            while (System.nanoTime() < end) {
                node.signal("STOP");
                Scene.pause(0.9);
                node.signal("CONT");
                Scene.pause(0.1);
            }
        } finally {
            node.signal("CONT");
        }
        scene.say(node.name + " runs");
    }

    static void descriptors(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        double seconds = scene.between(5, scene.longest);
        scene.say(node.name + " may open no more files, for " + Faults.tenths(seconds));
        String pid = String.valueOf(node.pid());
        String before = Shell.run("prlimit", "--pid", pid, "--nofile", "--output", "SOFT", "--noheadings")
                .strip();
        Shell.run("prlimit", "--pid", pid, "--nofile=20:");
        Scene.pause(seconds);
        if (node.isRunning() && String.valueOf(node.pid()).equals(pid)) {
            Shell.run("prlimit", "--pid", pid, "--nofile=" + before + ":");
        }
        scene.say(node.name + " may open files");
    }

    /** The node is one that its JVM does not end, since it is not told to. */
    static void heap(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        double seconds = scene.between(5, scene.longest);
        scene.say("nothing is left of the heap of " + node.name + ", for " + Faults.tenths(seconds));
        scene.cluster.lenient = true;
        try {
            HeapFiller.fill(node.pid(), seconds);
            Scene.pause(seconds);
            scene.cluster.awaitReady(scene.nodes, Faults.READY_SECONDS);
        } finally {
            scene.cluster.lenient = false;
        }
        scene.say(node.name + " has memory");
    }
}
