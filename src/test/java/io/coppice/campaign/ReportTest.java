package io.coppice.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    @TempDir
    private Path directory;

    private static Row row(int number, Map<Invariant, Integer> violations, List<Long> waits, List<String> wrong) {
        Checker.Verdict verdict = new Checker.Verdict(1000, 1, 2000, 3, 4, violations, waits, List.of());
        return Row.of(Faults.all().get("kill-one"), 7, number, "abc", verdict, 5, 12.34, 0.5, wrong);
    }

    @Test
    void aRoundIsCleanWithoutViolationAndWithoutAnotherFault() {
        assertThat(row(0, Map.of(), List.of(), List.of()).isClean()).isTrue();
        assertThat(row(0, Map.of(Invariant.WILL, 1), List.of(), List.of()).isClean())
                .isFalse();
        assertThat(row(0, Map.of(), List.of(), List.of("a ended with 3")).isClean())
                .isFalse();
    }

    @Test
    void roundsOfOneFaultAndCommitAreOneLine() {
        List<JsonObject> rows = List.of(
                row(0, Map.of(), List.of(1_000_000L, 2_000_000L), List.of()).json(),
                row(
                                1,
                                Map.of(
                                        Invariant.DELIVERED,
                                        2,
                                        Invariant.ONCE,
                                        3,
                                        Invariant.ORDER,
                                        4,
                                        Invariant.SESSION_PRESENT,
                                        5),
                                List.of(9_000_000L),
                                List.of("slow"))
                        .json());
        assertThat(Report.table(rows).lines().skip(2))
                .singleElement()
                .asString()
                .startsWith("| kill-one | 2 | 2,000 | 2 | 3 | 4 | session-present 5 | 8 | 1 | 2.0 | 9.0 | ")
                .endsWith(" | abc |");
    }

    @Test
    void thePageKeepsWhatIsAroundTheTable() throws IOException {
        Path page = Files.writeString(
                directory.resolve("page.md"), "before\n" + Report.BEGIN + "\nold\n" + Report.END + "\nafter\n");
        Path results = Files.createDirectory(directory.resolve("results"));
        Files.writeString(
                results.resolve("x.jsonl"),
                row(0, Map.of(), List.of(1_000L), List.of()).json().encode() + "\n");
        Report.write(results, page);
        assertThat(Files.readString(page))
                .startsWith("before\n" + Report.BEGIN + "\n| fault |")
                .contains("| kill-one | 1 |")
                .doesNotContain("old")
                .endsWith(Report.END + "\nafter\n");
    }

    @Test
    void whatWasNotSyncedIsGoneAfterAPowerCut() throws IOException {
        Path data = Files.createDirectory(directory.resolve("data"));
        Path shadow = Files.createDirectory(directory.resolve("shadow"));
        Path log = note(Files.writeString(data.resolve("log"), "synced, not synced"), shadow, 6);
        note(Files.writeString(data.resolve("kept"), "k"), shadow, 1);
        note(Files.writeString(data.resolve("new"), "n"), shadow, 1);
        note(Files.writeString(data.resolve("name"), "new name"), shadow, 8);
        Files.writeString(shadow.resolve("1-0.bak"), "old name");
        Files.writeString(shadow.resolve("1-1.bak"), "deleted");
        Files.writeString(
                shadow.resolve("ops"),
                String.join(
                                "\n",
                                "C " + data.resolve("kept"),
                                "D " + data,
                                "C " + data.resolve("new"),
                                "R 1-0 " + data.resolve("from") + " " + data.resolve("name"),
                                "U 1-1 " + data.resolve("was"))
                        + "\n");
        assertThat(PowerCut.apply(data, shadow)).isEqualTo(12 + 3);
        assertThat(log).hasContent("synced");
        assertThat(data.resolve("kept")).hasContent("k");
        assertThat(data.resolve("new")).doesNotExist();
        assertThat(data.resolve("from")).hasContent("new name");
        assertThat(data.resolve("name")).hasContent("old name");
        assertThat(data.resolve("was")).hasContent("deleted");
    }

    private static Path note(Path file, Path shadow, int length) throws IOException {
        byte[] words = new byte[8];
        words[0] = (byte) length;
        Files.write(shadow.resolve(Files.getAttribute(file, "unix:ino") + ".len"), words);
        return file;
    }
}
