package io.coppice.campaign;

/** Members of a shared group that die, without DISCONNECT. */
final class Members {
    /** Longer than the keep alive of clients and the half of it that a broker gives them besides. */
    private static final double SILENT_SECONDS = 7;

    private Members() {}

    static void die(Scene scene, Traffic traffic) throws Exception {
        double seconds = scene.between(5, scene.longest);
        long end = System.nanoTime() + Math.round(seconds * 1e9);
        traffic.members.forEach(member -> member.awayMillis = scene.random.nextInt(4000));
        try {
            while (System.nanoTime() < end) {
                Relay relay = scene.relays().get(scene.any());
                boolean machine = scene.random.nextInt(3) == 0;
                scene.say("members on a node die with their " + (machine ? "machine" : "process"));
                relay.silence(machine);
                Scene.pause(machine ? SILENT_SECONDS : 0);
                relay.cut();
                relay.silence(false);
                Scene.pause(scene.between(0.2, 3));
            }
        } finally {
            traffic.members.forEach(member -> member.awayMillis = 50);
        }
        scene.say("members live");
    }
}
