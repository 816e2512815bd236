package io.coppice.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
    @TempDir
    private Path directory;

    private static WholeFile.Content<RuntimeException> text(String text) {
        return out -> out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private Path old(String mode) throws IOException {
        Path path = Files.writeString(directory.resolve("file"), "old");
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(each -> each.getFileName().toString()).toList();
        }
    }

    @Test
    void aNewFileIsReadByItsOwnerOnly() throws IOException {
        Path path = directory.resolve("file");
        WholeFile.write(path, text("new"));
        assertThat(path).hasContent("new");
        assertThat(mode(path)).isEqualTo("rw-------");
        assertThat(names()).containsExactly("file");
    }

    @Test
    void oneThatTakesAnothersPlaceIsReadByItsOwnerOnly() throws IOException {
        Path path = old("rw-r--r--");
        WholeFile.write(path, text("new"));
        assertThat(path).hasContent("new");
        assertThat(mode(path)).isEqualTo("rw-------");
        assertThat(names()).containsExactly("file");
    }

    @Test
    void oneThatIsRewrittenKeepsItsModeEvenWhereItMayNotBeWritten() throws IOException {
        Path path = old("r--r-----");
        WholeFile.rewrite(path, List.of("one", "two"));
        assertThat(Files.readString(path)).isEqualTo("one\ntwo\n");
        assertThat(mode(path)).isEqualTo("r--r-----");
        assertThat(names()).containsExactly("file");
    }

    @Test
    void whatIsRewrittenForTheFirstTimeIsReadByItsOwnerOnly() throws IOException {
        Path path = directory.resolve("file");
        WholeFile.rewrite(path, List.of());
        assertThat(path).isEmptyFile();
        assertThat(mode(path)).isEqualTo("rw-------");
    }

    @Test
    void theContentIsOnDiskBeforeItTakesTheNameAndTheNameBeforeAnybodyIsTold() throws IOException {
        Path path = old("rw-------");
        List<String> steps = new ArrayList<>();
        new WholeFile(path, false, synced -> {
                    String what = Files.isDirectory(synced) ? "directory" : Files.readString(synced);
                    steps.add(what + " on disk, there: " + Files.readString(path));
                })
                .write(text("new"));
        assertThat(steps).containsExactly("new on disk, there: old", "directory on disk, there: new");
    }

    @Test
    void aDiskThatFailsLeavesWhatWasThere() throws IOException {
        Path path = old("rw-------");
        WholeFile failing = new WholeFile(path, false, synced -> {
            throw new IOException("no more of it");
        });
        assertThatThrownBy(() -> failing.write(text("new"))).isInstanceOf(IOException.class);
        assertThat(path).hasContent("old");
        assertThat(names()).containsExactly("file");
    }

    @Test
    void aDirectoryThatCannotBeBroughtToDiskIsTold() throws IOException {
        Path path = old("rw-------");
        WholeFile failing = new WholeFile(path, false, synced -> {
            if (Files.isDirectory(synced)) {
                throw new IOException("the disk is gone");
            }
        });
        assertThatThrownBy(() -> failing.write(text("new"))).hasMessage("the disk is gone");
        assertThat(names()).containsExactly("file");
    }

    @Test
    void contentThatFailsHalfWayLeavesWhatWasThere() throws IOException {
        Path path = old("rw-r-----");
        assertThatThrownBy(() -> WholeFile.write(path, out -> {
                    out.write(new byte[1 << 20]);
                    throw new InterruptedException("somebody else's reason");
                }))
                .isInstanceOf(InterruptedException.class)
                .hasMessage("somebody else's reason");
        assertThat(path).hasContent("old");
        assertThat(mode(path)).isEqualTo("rw-r-----");
        assertThat(names()).containsExactly("file");
    }

    @Test
    void aMissingDirectoryIsNamed() {
        Path path = directory.resolve("none").resolve("file");
        assertThatThrownBy(() -> WholeFile.write(path, OutputStream::flush))
                .isInstanceOf(IOException.class)
                .hasMessage("there is no directory " + path.getParent());
    }

    @Test
    void aNameThatIsTakenByADirectoryIsLeftAlone() throws IOException {
        Path path = Files.createDirectories(directory.resolve("file").resolve("in the way"))
                .getParent();
        assertThatThrownBy(() -> WholeFile.write(path, text("new"))).isInstanceOf(IOException.class);
        assertThat(names()).containsExactly("file");
    }
}
