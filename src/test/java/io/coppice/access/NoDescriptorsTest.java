package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Rules that change while no file can be opened. */
class NoDescriptorsTest {
    private static final int DESCRIPTORS = 128;

    @TempDir
    Path directory;

    @Test
    @Timeout(120)
    @DisabledOnOs(OS.WINDOWS)
    @Hostile("B58")
    void whatHeldBeforeHoldsUntilTheFileCanBeRead() throws Exception {
        Path acl = Files.writeString(directory.resolve("acl"), "topic write old\n");
        Path output = directory.resolve("output");
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n " + DESCRIPTORS + " && exec \"$@\"",
                        "sh",
                        java.toString(),
                        "-Xshare:auto",
                        "-cp",
                        classes,
                        NoDescriptors.class.getName(),
                        acl.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(said).contains("what it said before stays in force").contains("Too many open files");
        assertThat(said.stripTrailing()).endsWith(NoDescriptors.WORD);
        assertThat(process.exitValue()).as(said).isZero();
    }
}
