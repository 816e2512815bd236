package io.coppice.campaign;

import java.nio.file.Files;
import java.nio.file.Path;

/** The faults of a network that is far or bad rather than broken. */
final class Delays {
    private Delays() {}

    static void delay(Scene scene, Traffic traffic) throws Exception {
        double seconds = scene.between(5, scene.longest);
        int millis = 10 + scene.random.nextInt(190);
        int jitterMillis = scene.random.nextInt(50);
        String words = "everything takes " + millis + " to " + (millis + jitterMillis) + " ms";
        between(scene, words, seconds, millis, jitterMillis, 0);
    }

    static void loss(Scene scene, Traffic traffic) throws Exception {
        double seconds = scene.between(5, scene.longest);
        int lostPerMille = 10 + scene.random.nextInt(91);
        between(scene, lostPerMille + " frames of a thousand are lost", seconds, 0, 0, lostPerMille);
    }

    private static void between(
            Scene scene, String words, double seconds, int millis, int jitterMillis, int lostPerMille)
            throws Exception {
        Path program = Files.createTempFile("coppice-delay-", "");
        try {
            Shell.run("gcc", "-O2", "-Wall", "-o", program.toString(), "src/campaign/delay.c");
            scene.say("between nodes " + words + ", for " + Faults.tenths(seconds));
            scene.network.hold(program, millis, jitterMillis, lostPerMille);
            Scene.pause(seconds);
        } finally {
            scene.network.holdNothing();
            Files.delete(program);
        }
        scene.say("what nodes send each other comes at once and whole again");
    }
}
