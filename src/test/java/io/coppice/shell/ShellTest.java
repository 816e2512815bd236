package io.coppice.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** How commands write to people. */
class ShellTest {
    private final StringWriter written = new StringWriter();
    private final PrintWriter to = new PrintWriter(written, true);
    private long nanos;

    @Test
    void whatAClientChoseDoesNothingToATerminal() {
        assertThat(Plain.text("a\u001b[2Jb\nc\u009b1m\u202ed\u2028"))
                .isEqualTo("a\\u001b[2Jb\\u000ac\\u009b1m\\u202ed\\u2028");
        assertThat(Plain.text("back\\slash")).isEqualTo("back\\\\slash");
        assertThat(Plain.text("größer/日本")).isEqualTo("größer/日本");
        assertThat(Plain.json("{\"a\":\"\u009b\\n\"}")).isEqualTo("{\"a\":\"\\u009b\\n\"}");
        assertThat(Plain.lines("one\u0007\ntwo")).isEqualTo("one\\u0007\ntwo");
    }

    private static Table table() {
        Table table = new Table("CLIENT", ">QUEUED");
        table.row("a\tb", 7);
        table.row("a-client-with-a-long-name", 12_345);
        return table;
    }

    @Test
    void aTableIsAligned() {
        table().print(to, Screen.ENDLESS);

        assertThat(written.toString().lines())
                .containsExactly(
                        "CLIENT                     QUEUED", //
                        "a\\u0009b                        7",
                        "a-client-with-a-long-name   12345");
    }

    @Test
    void aTableIsCutWhereItIsLongest() {
        table().print(to, 20);

        assertThat(written.toString().lines())
                .containsExactly(
                        "CLIENT        QUEUED", //
                        "a\\u0009b           7",
                        "a-client-wi…   12345");
    }

    @Test
    void aScreenThatIsTooNarrowHasTheBeginningOfEachLine() {
        table().print(to, 8);

        assertThat(written.toString().lines()).allMatch(line -> line.length() <= 8);
    }

    private void after(long millis) {
        nanos += millis * 1_000_000;
    }

    @Test
    void progressTellsTheRateAndTheTimeThatIsLeft() {
        try (Progress progress = new Progress(to, true, "topics", 1_000, () -> nanos)) {
            after(2_000);
            progress.at(250);
            assertThat(written.toString())
                    .endsWith("[######                  ]  25 %  250 of 1,000 topics, 125/s, 6 s left");
            after(50);
            progress.at(900);
            assertThat(written.toString()).as("it is not drawn anew each time").doesNotContain("900");
        }
        assertThat(written.toString()).endsWith("\r\u001b[K");
    }

    @Test
    void progressOfAnUnknownWholeTellsHowMuchIsDone() {
        Progress progress = new Progress(to, true, "bytes", Progress.UNKNOWN, () -> nanos);
        after(4_000);
        progress.at(10_000);

        assertThat(written.toString()).endsWith("10,000 bytes, 2,500/s");
    }

    @Test
    void progressThatNobodySeesIsNotWritten() {
        try (Progress progress = new Progress(to, false, "bytes", 10, () -> nanos)) {
            after(1_000);
            progress.at(5);
        }

        assertThat(written.toString()).isEmpty();
    }
}
