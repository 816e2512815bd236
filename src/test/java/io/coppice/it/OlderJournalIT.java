package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a former release left on the disk, killed, is all there in this one, and after its next start too (src/bench/journal_fixture.py). */
@Timeout(120)
class OlderJournalIT {
    private static final int PUBREL = 6;

    @TempDir
    Path data;

    private RunningNode start() throws Exception {
        return RunningNode.start("durability=disk", "node.data=" + data);
    }

    private void unpack(String name) throws Exception {
        try (InputStream packed = Objects.requireNonNull(getClass().getResourceAsStream("/journals/" + name));
                ZipInputStream zip = new ZipInputStream(packed)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path to = data.resolve(entry.getName());
                Files.createDirectories(to.getParent());
                Files.copy(zip, to);
            }
        }
    }

    /** Goes on with a session that is there. */
    private static Wire resume(RunningNode node, String clientId) throws Exception {
        Wire wire = node.wire();
        wire.send(Wire.connectPacket(5, 0, clientId, new byte[0], Wire.property(0x11, 4, 0xFFFFFFFFL)));
        assertThat(wire.read(Wire.CONNACK).body()[0])
                .as("session of %s present", clientId)
                .isEqualTo((byte) 1);
        return wire;
    }

    private static List<String> queued(RunningNode node, String clientId, int count) throws Exception {
        Hive5 reader = node.own(new Hive5(clientId, node.mqtt(), false));
        assertThat(reader.connect(false)).as("session present").isTrue();
        List<String> payloads = new ArrayList<>();
        for (Received message : reader.next(count)) {
            payloads.add(message.payload());
        }
        reader.disconnect();
        return payloads;
    }

    private static List<String> expected() {
        List<String> all = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            all.add("message " + i);
        }
        all.add("x".repeat(1024));
        all.add("once");
        all.add("gone");
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"format-1.zip", "format-2.zip", "format-3.zip"})
    void isAllThere(String journal) throws Exception {
        unpack(journal);
        try (RunningNode node = start()) {
            assertThat(queued(node, "reader", 23)).isEqualTo(expected());
            whatWasInFlightGoesOn(node);
            whatWasTakenIsNotTakenTwice(node);
        }
        try (RunningNode node = start()) {
            // the message that both queues had in common is still there, and what came since lies behind it
            List<String> second = expected();
            second.add("later");
            assertThat(queued(node, "second", 24)).isEqualTo(second);
            Hive5 fresh = node.own(new Hive5("fresh", node.mqtt(), false));
            fresh.connect(true);
            fresh.subscribe("kept/#", 2);
            assertThat(fresh.next(2))
                    .containsExactlyInAnyOrder(
                            Received.retained("kept/one", "1", 1), Received.retained("kept/two", "2", 2));
        }
    }

    private static void whatWasInFlightGoesOn(RunningNode node) throws Exception {
        try (Wire busy = resume(node, "busy")) {
            Wire.Answer first = busy.read(Wire.PUBLISH);
            assertThat(first.flags()).as("QoS 1, DUP").isEqualTo(0x08 | 1 << 1);
            assertThat(new String(first.body(), UTF_8)).endsWith("first");
            busy.read(PUBREL);
        }
    }

    private static void whatWasTakenIsNotTakenTwice(RunningNode node) throws Exception {
        Hive5 watcher = node.own(new Hive5("watcher", node.mqtt(), false));
        watcher.connect(true);
        watcher.subscribe("t/#", 2);
        try (Wire writer = resume(node, "writer")) {
            byte[] again = Wire.publish5("t/open", "once".getBytes(UTF_8), 2, 0x63);
            again[0] |= 0x08;
            writer.send(again);
            assertThat(writer.read(Wire.PUBREC).packetId()).isEqualTo(0x63);
            writer.send(Wire.ack(PUBREL, 0x63));
            writer.read(Wire.PUBCOMP);
            writer.send(Wire.publish5("t/later", "later".getBytes(UTF_8), 1, 0x64));
            writer.read(Wire.PUBACK);
        }
        assertThat(watcher.next().payload()).isEqualTo("later");
    }
}
