package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.blackbox.Hostile;
import io.coppice.config.ConfigException;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Permissions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuledAuthorizerTest {
    @TempDir
    Path directory;

    private Path file;
    private long now = 1_000_000_000_000L;
    private int readings;

    @BeforeEach
    void aFile() throws IOException {
        file = directory.resolve("acl");
        write("topic write a\n");
    }

    private void write(String text) throws IOException {
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.fromMillis(now));
    }

    private RuledAuthorizer authorizer() throws ConfigException {
        return new RuledAuthorizer(
                file,
                (path, text) -> {
                    readings++;
                    return MosquittoAcl.read(path, text, RuleFile.RULES_MAX);
                },
                () -> now);
    }

    static boolean mayPublish(Permissions permissions, String topic) {
        return permissions.mayPublish(TopicName.of(topic), Qos.AT_MOST_ONCE, false);
    }

    @Test
    void aChangedFileHoldsForWhoIsThereAlready() throws Exception {
        RuledAuthorizer authorizer = authorizer();
        Permissions permissions = authorizer.permissions(MosquittoAclTest.who("x", null));
        assertThat(mayPublish(permissions, "a")).isTrue();
        now += 60_000;
        write("topic write b\n");

        assertThat(authorizer.refresh()).isTrue();
        assertThat(mayPublish(permissions, "a")).isFalse();
        assertThat(mayPublish(permissions, "b")).isTrue();
    }

    @Test
    void aFileThatIsTheSameIsReadOnce() throws Exception {
        RuledAuthorizer authorizer = authorizer();
        for (int i = 0; i < 10; i++) {
            now += 5_000;
            assertThat(authorizer.refresh()).isFalse();
        }
        Files.setLastModifiedTime(file, FileTime.fromMillis(now)); // touched, and nothing else
        now += 5_000;

        assertThat(authorizer.refresh()).isFalse();
        assertThat(readings).isEqualTo(1);
    }

    @Test
    void aSecondChangeWithinTheSameTimeAndOfTheSameSizeIsSeen() throws Exception {
        RuledAuthorizer authorizer = authorizer();
        write("topic write b\n");
        now += 5_000;

        assertThat(authorizer.refresh()).isTrue();
        assertThat(mayPublish(authorizer.permissions(MosquittoAclTest.who("x", null)), "b"))
                .isTrue();
    }

    @Test
    void aFileThatTakesTheOthersPlaceIsSeen() throws Exception {
        RuledAuthorizer authorizer = authorizer();
        Path other = Files.writeString(directory.resolve("other"), "topic write b\n");
        Files.setLastModifiedTime(other, FileTime.fromMillis(now - 3_600_000));
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        now += 60_000;

        assertThat(authorizer.refresh()).isTrue();
    }

    @Test
    @Hostile("B57")
    void aWrongFileChangesNothingUntilItIsRight() throws Exception {
        RuledAuthorizer authorizer = authorizer();
        Permissions permissions = authorizer.permissions(MosquittoAclTest.who("x", null));
        for (String wrong : new String[] {"bogus\n", "topic a#\n"}) {
            now += 60_000;
            write(wrong);
            assertThat(authorizer.refresh()).isFalse();
            assertThat(authorizer.refresh()).isFalse();
            assertThat(mayPublish(permissions, "a")).isTrue();
        }
        assertThat(readings).as("each is complained of once").isEqualTo(3);
        now += 60_000;
        Files.delete(file);
        assertThat(authorizer.refresh()).isFalse();
        assertThat(mayPublish(permissions, "a")).isTrue();
        now += 60_000;
        write("topic write b\n");

        assertThat(authorizer.refresh()).isTrue();
        assertThat(mayPublish(permissions, "a")).isFalse();
    }

    @Test
    void aFileThatCannotBeReadIsToldAtTheStart() throws Exception {
        Files.delete(file);
        assertThatThrownBy(this::authorizer)
                .isInstanceOf(ConfigException.class)
                .hasMessage(file + ": there is no such file");
        Files.createDirectory(file);
        assertThatThrownBy(this::authorizer)
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(file + ": the file cannot be read: ");
    }

    @Test
    void aFileThatIsNotUtf8IsRefused() throws Exception {
        Files.write(file, "topic write ü\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(this::authorizer).hasMessage(file + ": the file is not UTF-8");
    }

    @Test
    void aFileThatIsTooLargeIsRefused() throws Exception {
        Files.write(file, new byte[RuleFile.BYTES_MAX + 1]);

        assertThatThrownBy(this::authorizer)
                .hasMessage(file + ": the file is too large; allowed: up to 16777216 bytes");
    }
}
