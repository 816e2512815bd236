package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AuditFileTest {
    @TempDir
    private Path directory;

    private Path folder;
    private Path file;

    @BeforeEach
    void name() throws IOException {
        folder = Files.createDirectory(directory.resolve("audit"));
        file = folder.resolve("audit.jsonl");
    }

    private static String before(Audit audit, String line) throws Exception {
        CompletableFuture<String> fault = new CompletableFuture<>();
        audit.before(line, fault::complete);
        return fault.get(20, TimeUnit.SECONDS);
    }

    @Test
    void aLineIsThereWhenItIsSaidToBeAndForNobodyElsesEyes() throws Exception {
        try (AuditFile audit = AuditFile.open(file, 0, 1)) {
            assertThat(before(audit, "{\"a\":1}")).isEmpty();
            assertThat(file).hasContent("{\"a\":1}\n");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void whatIsNotedIsThereAtTheLatestAtTheEnd() throws Exception {
        try (AuditFile audit = AuditFile.open(file, 0, 1)) {
            for (int i = 0; i < 500; i++) {
                audit.note("line " + i);
            }
        }
        assertThat(Files.readAllLines(file)).hasSize(500).last().isEqualTo("line 499");
    }

    @Test
    void anEarlierFileIsGoneOnWithOnALineOfItsOwn() throws Exception {
        Files.writeString(file, "whole\nhal");
        try (AuditFile audit = AuditFile.open(file, 0, 1)) {
            before(audit, "next");
        }
        assertThat(Files.readAllLines(file)).containsExactly("whole", "hal", "next");
    }

    @Test
    void aFileThatHasGrownIsRenamedAndTheOldestIsDeleted() throws Exception {
        try (AuditFile audit = AuditFile.open(file, 26, 3)) {
            for (int i = 0; i < 9; i++) {
                before(audit, "0123456789 " + i);
            }
        }
        assertThat(file).hasContent("0123456789 8\n");
        assertThat(folder.resolve("audit.jsonl.1")).hasContent("0123456789 6\n0123456789 7\n");
        assertThat(folder.resolve("audit.jsonl.2")).hasContent("0123456789 4\n0123456789 5\n");
        try (var all = Files.list(folder)) {
            assertThat(all).hasSize(3);
        }
    }

    @Test
    void aSingleFileBeginsAnew() throws Exception {
        try (AuditFile audit = AuditFile.open(file, 20, 1)) {
            before(audit, "0123456789 0");
            before(audit, "0123456789 1");
        }
        assertThat(file).hasContent("0123456789 1\n");
    }

    /** As logrotate does it. */
    @Test
    void aFileThatWasMovedAwayIsBegunAnew() throws Exception {
        try (AuditFile audit = AuditFile.open(file, 0, 1)) {
            before(audit, "one");
            Files.move(file, folder.resolve("old"));
            before(audit, "two");
        }
        assertThat(folder.resolve("old")).hasContent("one\n");
        assertThat(file).hasContent("two\n");
    }

    @Test
    void aFileThatCannotBeWrittenIsNoBeginning() {
        Path nowhere = directory.resolve("nowhere").resolve("audit");
        assertThatThrownBy(() -> AuditFile.open(nowhere, 0, 1))
                .isInstanceOf(IOException.class)
                .hasMessage("admin.audit-file: " + nowhere + ": there is no such directory");
        assertThatThrownBy(() -> AuditFile.open(folder, 0, 1))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("admin.audit-file: " + folder);
    }

    /** /dev/full opens, and has room for nothing. */
    @Test
    void aDiskThatIsFullIsSeenThoughTheFileOpens() throws Exception {
        try (AuditWriter writer = new AuditWriter(Path.of("/dev/full"), 0, 1)) {
            writer.opened();
            assertThatThrownBy(writer::tried).isInstanceOf(IOException.class);
        }
        try (AuditWriter writer = new AuditWriter(file, 0, 1)) {
            writer.append(List.of("one"));
            writer.tried();
            writer.append(List.of("two"));
        }
        assertThat(file).hasContent("one\ntwo\n");
    }

    @Test
    void whatCannotBeWrittenIsRefusedOrComesLaterAndThatHealsByItself() throws Exception {
        Path away = directory.resolve("away");
        try (AuditFile audit = AuditFile.open(file, 0, 1)) {
            before(audit, "one");
            Files.move(folder, away);
            assertThat(before(audit, "refused")).contains(file + ": there is no such directory");
            assertThat(audit.fault()).contains("there is no such directory");
            audit.note("later");
            assertThat(before(audit, "refused too")).isNotEmpty();
            Files.createDirectory(folder);
            await().until(() -> audit.fault().isEmpty());
            assertThat(before(audit, "two")).isEmpty();
            assertThat(audit.lost()).isZero();
        }
        assertThat(Files.readAllLines(file)).containsExactly("later", "two");
        assertThat(Files.readAllLines(away.resolve("audit.jsonl"))).containsExactly("one");
    }

    @Test
    void whatCouldNotBeWrittenForTooLongIsCounted() throws Exception {
        try (AuditFile audit = AuditFile.open(file, 0, 1)) {
            Files.move(folder, directory.resolve("away"));
            for (int i = 0; i < 3_000; i++) {
                audit.note("line " + i);
            }
            await().until(() -> audit.lost() >= 1_000);
            Files.createDirectory(folder);
            assertThat(List.of(before(audit, "x"), before(audit, "y"))).last().isEqualTo("");
            assertThat(Files.readAllLines(file)).hasSizeLessThanOrEqualTo(1_002).contains("y");
        }
    }

    @Test
    void whoComesAfterTheEndIsToldSo() throws Exception {
        AuditFile audit = AuditFile.open(file, 0, 1);
        audit.close();
        assertThat(before(audit, "x")).isEqualTo("the node stops");
    }
}
