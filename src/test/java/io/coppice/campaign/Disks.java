package io.coppice.campaign;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Faults below the journal, and of the clock: a small file system, and the library {@link Shim}. */
final class Disks {
    private static final int BYTES = 1 << 16;

    private Disks() {}

    /** Why no node can have a file system of its own here, which a container may forbid to root; empty where it can. */
    static String hindrance() throws InterruptedException {
        return Shell.works(
                        "sh",
                        "-c",
                        "d=$(mktemp -d); mount -t tmpfs -o size=1m coppice-campaign $d && umount $d; s=$?; rmdir $d; exit $s")
                ? ""
                : "a file system cannot be mounted";
    }

    /** Gives a node a file system of its own, in memory. */
    static void mount(Path data, int megabytes) throws IOException, InterruptedException {
        Files.createDirectories(data);
        Shell.run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "coppice-campaign", data.toString());
    }

    static void unmount(Path data) throws InterruptedException {
        if (!Shell.works("umount", data.toString())) {
            Shell.works("umount", "-l", data.toString());
        }
    }

    static void full(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        double seconds = scene.between(5, scene.longest);
        scene.say("the disk of " + node.name + " is full, for " + Faults.tenths(seconds));
        Path ballast = node.data.resolve("ballast");
        long end = System.nanoTime() + Math.round(seconds * 1e9);
        try (OutputStream out = Files.newOutputStream(ballast)) {
            while (System.nanoTime() < end) {
                fill(out); // again and again, since the node deletes files
                Scene.pause(0.1);
            }
        } finally {
            Files.delete(ballast);
        }
        scene.say("the disk of " + node.name + " has room again");
        if (scene.random.nextBoolean()) {
            scene.say("kill -9 of " + node.name);
            node.kill();
            Faults.start(scene, List.of(node));
        }
    }

    private static void fill(OutputStream out) {
        byte[] block = new byte[BYTES];
        try {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            try {
                out.write(new byte[1]);
            } catch (IOException stillFull) {
                Thread.yield();
            }
        }
    }

    static void powerCut(Scene scene, Traffic traffic) throws Exception {
        scene.say("the power of all nodes fails");
        scene.history.add(Event.Kind.WHOLE);
        for (NodeProcess node : scene.nodes) {
            node.down = true;
            node.signal("KILL");
        }
        for (NodeProcess node : scene.nodes) {
            node.kill();
        }
        long forgotten = 0;
        for (NodeProcess node : scene.nodes) {
            forgotten += Shim.forget(node.data);
        }
        scene.say(forgotten + " bytes were not synced, and are gone");
        List<NodeProcess> order = new ArrayList<>(scene.nodes);
        Collections.shuffle(order, scene.random);
        Faults.start(scene, order);
    }

    static void ioError(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        order(scene, node, "writing fails on " + node.name, 1, 0, 0);
    }

    static void slowSync(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        int millis = 100 + scene.random.nextInt(900);
        order(scene, node, "each sync takes " + millis + " ms on " + node.name, 0, millis, 0);
    }

    static void clockJump(Scene scene, Traffic traffic) throws Exception {
        NodeProcess node = scene.any();
        int off = scene.random.nextInt(7200) - 3600;
        order(scene, node, "the clock of " + node.name + " is " + off + " s off", 0, 0, off);
    }

    private static void order(
            Scene scene, NodeProcess node, String words, int error, int slowMillis, int clockOffSeconds)
            throws Exception {
        double seconds = scene.between(5, scene.longest);
        scene.say(words + ", for " + Faults.tenths(seconds));
        try {
            Shim.order(node.data, error, slowMillis, clockOffSeconds);
            Scene.pause(seconds);
        } finally {
            Shim.order(node.data, 0, 0, 0);
        }
        scene.say("no longer so on " + node.name);
    }
}
