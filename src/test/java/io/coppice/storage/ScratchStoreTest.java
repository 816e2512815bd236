package io.coppice.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.port.Scratch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchStoreTest {
    @TempDir
    Path directory;

    private static List<String> behind(Scratch.Shelf shelf, long after, int atMost) {
        List<String> found = new ArrayList<>();
        shelf.read(after, (number, piece) -> {
            found.add(number + " " + new String(piece, UTF_8));
            return found.size() < atMost;
        });
        return found;
    }

    private static void put(Scratch.Shelf shelf, long number, String piece) {
        shelf.put(number, piece.getBytes(UTF_8));
    }

    @Test
    void eachShelfHasItsOwnInTheOrderOfTheNumbers() throws JournalFault {
        try (ScratchStore scratch = ScratchStore.open(directory)) {
            Scratch.Shelf one = scratch.shelf();
            Scratch.Shelf other = scratch.shelf();
            put(one, 300, "c");
            put(one, 2, "b");
            put(one, 0, "a");
            put(other, 2, "else");
            assertThat(behind(one, -1, 9)).containsExactly("0 a", "2 b", "300 c");
            assertThat(behind(one, 0, 1)).containsExactly("2 b");
            assertThat(behind(other, -1, 9)).containsExactly("2 else");

            put(one, 2, "new");
            one.remove(0);
            assertThat(one.get(0)).isNull();
            assertThat(one.get(2)).isEqualTo("new".getBytes(UTF_8));
            assertThat(behind(one, -1, 9)).containsExactly("2 new", "300 c");
            one.clear();
            assertThat(behind(one, -1, 9)).isEmpty();
            assertThat(behind(other, -1, 9)).containsExactly("2 else");
        }
    }

    @Test
    void nothingOfItOutlivesTheProcess() throws JournalFault {
        try (ScratchStore scratch = ScratchStore.open(directory)) {
            put(scratch.shelf(), 1, "former");
        }
        try (ScratchStore scratch = ScratchStore.open(directory)) {
            assertThat(behind(scratch.shelf(), -1, 9)).isEmpty();
        }
    }

    @Test
    void whoeverUsesItAfterItsEndIsTold() throws JournalFault {
        ScratchStore scratch = ScratchStore.open(directory);
        Scratch.Shelf shelf = scratch.shelf();
        scratch.close();
        scratch.close();
        assertThatThrownBy(() -> put(shelf, 1, "late")).isInstanceOf(Scratch.Fault.class);
    }
}
