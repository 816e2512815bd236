package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.coppice.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class WatchedFileTest {
    @TempDir
    private Path directory;

    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(WatchedFile.class);
    private Path path;
    private int parsed;
    private int changed;

    @BeforeEach
    void prepare() throws IOException {
        path = Files.writeString(directory.resolve("file"), "one");
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(appender);
    }

    private WatchedFile<String> open() throws ConfigException {
        return new WatchedFile<>(
                path,
                10,
                (from, content) -> {
                    parsed++;
                    String text = new String(content, UTF_8);
                    if (text.startsWith("bad")) {
                        throw new ConfigException(List.of(from + ":1: " + text));
                    }
                    return text;
                },
                () -> changed++,
                System::currentTimeMillis);
    }

    private void write(String text) throws IOException {
        Files.writeString(path, text);
    }

    private List<String> errors() {
        return appender.list.stream()
                .filter(event -> event.getLevel() == Level.ERROR)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Test
    void aChangeIsSeenEvenWithinTheSameTickOfTheClock() throws Exception {
        WatchedFile<String> file = open();
        FileTime written = Files.getLastModifiedTime(path);
        write("two");
        Files.setLastModifiedTime(path, written);
        file.look();

        assertThat(file.value()).isEqualTo("two");
        assertThat(changed).isEqualTo(1);
    }

    @Test
    void aFileThatTookThePlaceOfAnotherIsSeen() throws Exception {
        Files.setLastModifiedTime(path, FileTime.fromMillis(0));
        WatchedFile<String> file = open();
        Path next = Files.writeString(directory.resolve("next"), "two");
        Files.setLastModifiedTime(next, FileTime.fromMillis(0));
        Files.delete(path);
        Files.move(next, path);
        file.look();

        assertThat(file.value()).isEqualTo("two");
    }

    @Test
    void whatHasNotChangedIsNotParsedAgain() throws Exception {
        WatchedFile<String> file = open();
        file.look();
        write("one");
        file.look();

        assertThat(parsed).isEqualTo(1);
        assertThat(changed).isZero();
    }

    @Test
    void aBrokenFileChangesNothingAndIsComplainedOfOnce() throws Exception {
        WatchedFile<String> file = open();
        write("bad");
        file.look();
        file.look();
        assertThat(file.value()).isEqualTo("one");
        assertThat(errors()).singleElement().asString().contains("file:1: bad").contains("stays in force");
        write("bad again");
        file.look();
        assertThat(errors()).hasSize(2);
        write("one");
        file.look();
        write("bad");
        file.look();
        assertThat(errors()).hasSize(3);
        write("two");
        file.look();

        assertThat(file.value()).isEqualTo("two");
        assertThat(changed).isEqualTo(1);
    }

    @Test
    void aFileThatIsGoneChangesNothingUntilItIsBack() throws Exception {
        WatchedFile<String> file = open();
        Files.delete(path);
        file.look();
        file.look();
        assertThat(file.value()).isEqualTo("one");
        assertThat(errors()).singleElement().asString().contains("there is no such file");
        write("two");
        file.look();

        assertThat(file.value()).isEqualTo("two");
    }

    @Test
    void aFileThatIsTooLargeIsNotRead() throws Exception {
        WatchedFile<String> file = open();
        write("eleven byte");
        file.look();

        assertThat(file.value()).isEqualTo("one");
        assertThat(errors()).singleElement().asString().contains("is larger than 10 bytes");
    }

    @Test
    void withoutAFileThereIsNoBeginning() throws IOException {
        Files.delete(path);
        assertThatThrownBy(this::open).isInstanceOf(ConfigException.class).hasMessage(path + ": there is no such file");
        Files.createDirectory(path);
        assertThatThrownBy(this::open).isInstanceOf(ConfigException.class).hasMessageContaining("cannot be read");
    }
}
