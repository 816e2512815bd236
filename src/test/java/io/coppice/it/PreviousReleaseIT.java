package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The jar of the release before this one in one cluster with the present classes, and each with the disk of the other. Needs
 * {@code -Dcoppice.previous.jar=JAR}, built from the newest tag; where there is none this says that it did not run.
 */
@Timeout(300)
class PreviousReleaseIT {
    private static final String JAR = "coppice.previous.jar";

    /** Of what belongs to one node. */
    private record Place(String name, int mqtt, int member, int bus) {}

    @TempDir
    Path work;

    private final List<Process> running = new ArrayList<>();
    private List<String> previous;
    private List<String> present;

    @BeforeEach
    void theOtherJarIsThere() {
        String jar = System.getProperty(JAR, "");
        assumeTrue(!jar.isEmpty(), "no jar of a previous release: -D" + JAR + " is not set");
        assertThat(Path.of(jar)).isRegularFile();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        previous = List.of(java, "-Xmx384m", "-jar", jar);
        present = List.of(java, "-Xmx384m", "-cp", System.getProperty("java.class.path"), "io.coppice.Main");
    }

    @AfterEach
    void endAll() {
        running.forEach(Process::destroyForcibly);
    }

    private static List<Place> places(String... names) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        List<Place> places = new ArrayList<>();
        try {
            for (String name : names) {
                int[] ports = new int[3];
                for (int i = 0; i < ports.length; i++) {
                    ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    held.add(free);
                    ports[i] = free.getLocalPort();
                }
                places.add(new Place(name, ports[0], ports[1], ports[2]));
            }
        } finally {
            for (ServerSocket each : held) {
                each.close();
            }
        }
        return places;
    }

    private Process start(List<String> command, Place place, List<Place> all, int life) throws IOException {
        List<String> whole = new ArrayList<>(command);
        String members = String.join(
                ",", all.stream().map(each -> "127.0.0.1:" + each.member).toList());
        for (String set : List.of(
                "node.name=" + place.name,
                "node.data=" + work.resolve(place.name),
                "security.anonymous=true",
                "listeners.mqtt.host=127.0.0.1",
                "listeners.mqtt.port=" + place.mqtt,
                "listeners.ws.enabled=false",
                "admin.enabled=false",
                "cluster.mode=static",
                "cluster.name=" + work.getFileName(),
                "cluster.members=" + members,
                "cluster.host=127.0.0.1",
                "cluster.port=" + place.member,
                "cluster.bus-port=" + place.bus,
                "cluster.expected-size=" + all.size())) {
            whole.addAll(List.of("--set", set));
        }
        ProcessBuilder builder = new ProcessBuilder(whole)
                .redirectErrorStream(true)
                .redirectOutput(log(place, life).toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("COPPICE_"));
        Process process = builder.start();
        running.add(process);
        return process;
    }

    private Path log(Place place, int life) {
        return work.resolve(place.name + "-" + life + ".log");
    }

    private void awaitReady(Place place, int life) {
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(
                        () -> assertThat(Files.readString(log(place, life))).contains("Coppice ready"));
    }

    private static void stop(Process process) throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private static void hears(Peer publisher, Peer subscriber, String text) throws Exception {
        publisher.publish("both/ways", text + " 1", 1);
        publisher.publish("both/ways", text + " 2", 2);
        assertThat(subscriber.next()).isEqualTo(Received.live("both/ways", text + " 1", 1));
        assertThat(subscriber.next()).isEqualTo(Received.live("both/ways", text + " 2", 2));
    }

    @Test
    void bothReleasesAreOneClusterAndEachStartsFromTheDiskOfTheOther() throws Exception {
        List<Place> places = places("oak", "ash", "elm");
        List<Process> nodes = new ArrayList<>();
        for (Place place : places) {
            nodes.add(start(place.name.equals("oak") ? present : previous, place, places, 0));
        }
        for (Place place : places) {
            awaitReady(place, 0);
        }
        Place newer = places.get(0);
        Place older = places.get(1);
        try (Peer subscriber = new Hive5("subscriber", newer.mqtt, false);
                Peer publisher = new Hive5("publisher", older.mqtt, false)) {
            subscriber.connect(false);
            subscriber.subscribe("both/#", 2);
            publisher.connect(false);
            hears(publisher, subscriber, "to the newer");
            publisher.publish("kept", "by the older", 1, true);
            subscriber.disconnect();
            publisher.publish("both/ways", "while it is away", 2);
        }
        // The older one is upgraded, and the newer one goes back.
        for (int i : new int[] {1, 0}) {
            stop(nodes.get(i));
            nodes.set(i, start(i == 1 ? present : previous, places.get(i), places, 1));
            awaitReady(places.get(i), 1);
        }
        try (Peer subscriber = new Hive5("subscriber", newer.mqtt, false);
                Peer publisher = new Hive5("publisher", older.mqtt, false)) {
            assertThat(subscriber.connect(false)).isTrue();
            assertThat(subscriber.next()).isEqualTo(Received.live("both/ways", "while it is away", 2));
            subscriber.subscribe("kept", 1);
            assertThat(subscriber.next()).isEqualTo(Received.retained("kept", "by the older", 1));
            publisher.connect(false);
            hears(publisher, subscriber, "to the older");
        }
    }
}
