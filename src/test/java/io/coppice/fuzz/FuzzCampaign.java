package io.coppice.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Has Jazzer look for inputs that lead anywhere new, for {@code -Dcoppice.fuzz.seconds=60} a target, and each go on from what
 * it found before (target/fuzz). Not of the build: {@code mvn -Pfuzz test -Dtest=FuzzCampaign}.
 */
class FuzzCampaign {
    private static final int SECONDS = Integer.getInteger("coppice.fuzz.seconds", 60);
    /** The one to look at; empty for all of them. */
    private static final String TARGET = System.getProperty("coppice.fuzz.target", "");

    private static final Pattern DONE = Pattern.compile("Done (\\d+) runs in (\\d+) second.*");

    @ParameterizedTest
    @EnumSource
    void nothingFails(FuzzTarget target) throws Exception {
        String name = target.name().toLowerCase(Locale.ROOT);
        assumeTrue(TARGET.isEmpty() || TARGET.equals(name));
        Path place = Path.of("target", "fuzz", name);
        Path corpus = Files.createDirectories(place.resolve("corpus"));
        int number = 0;
        for (byte[] seed : target.seeds()) {
            Files.write(corpus.resolve("seed-" + number++), seed);
        }
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "com.code_intelligence.jazzer.Jazzer",
                        "--target_class=" + target.type.getName(),
                        "--instrumentation_includes=io.coppice.**",
                        "--custom_hook_includes=io.coppice.**",
                        "--reproducer_path=" + place,
                        "-artifact_prefix=" + place + "/",
                        "-max_total_time=" + SECONDS,
                        "-max_len=2048",
                        "-timeout=20",
                        "-rss_limit_mb=4096",
                        corpus.toString())
                .redirectErrorStream(true)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        Deque<String> last = new ArrayDeque<>();
        String runs = "";
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher done = DONE.matcher(line);
                runs = done.matches() ? done.group(1) : runs;
                last.add(line);
                if (last.size() > 60) {
                    last.remove();
                }
            }
        }
        assertThat(process.waitFor())
                .as("%s: %s", target, String.join("\n", last))
                .isZero();
        assertThat(runs).as("executions, %s", String.join("\n", last)).isNotEmpty();
        System.out.println("fuzz " + name + ": " + runs + " executions in " + SECONDS + " s, nothing found; "
                + Objects.requireNonNull(corpus.toFile().list()).length + " inputs kept");
    }
}
