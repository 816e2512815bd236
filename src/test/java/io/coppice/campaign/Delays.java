package io.coppice.campaign;

import java.nio.file.Files;
import java.nio.file.Path;

/** The fault of a network that is far rather than broken. */
final class Delays {
    private Delays() {}

    static void delay(Scene scene, Traffic traffic) throws Exception {
        double seconds = scene.between(5, scene.longest);
        int millis = 10 + scene.random.nextInt(190);
        int jitterMillis = scene.random.nextInt(50);
        Path program = Files.createTempFile("coppice-delay-", "");
        try {
            Shell.run("gcc", "-O2", "-Wall", "-o", program.toString(), "src/campaign/delay.c");
            scene.say("between nodes everything takes " + millis + " to " + (millis + jitterMillis) + " ms, for "
                    + Faults.tenths(seconds));
            scene.network.hold(program, millis, jitterMillis);
            Scene.pause(seconds);
        } finally {
            scene.network.holdNothing();
            Files.delete(program);
        }
        scene.say("nodes are near each other again");
    }
}
