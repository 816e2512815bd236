package io.coppice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code conf/coppice.yaml} is the list of all keys, and says the same as the defaults. */
class TemplateTest {
    private static final Path TEMPLATE = Path.of("conf", "coppice.yaml");

    @Test
    void theFileNamesEveryKeyWithItsMeaningAndDefault() throws Exception {
        String expected = render();
        Path proposal = Files.writeString(Path.of("target", "coppice.yaml"), expected);
        assertThat(TEMPLATE).as("copy " + proposal + " if it is right").hasContent(expected);
    }

    @Test
    void theFileChangesNothing() throws Exception {
        Map<String, String> environment = Map.of("HOSTNAME", "host");
        CoppiceConfig withFile = ConfigLoader.load(TEMPLATE, environment, List.of());
        CoppiceConfig without = ConfigLoader.load(null, environment, List.of());

        assertThat(withFile)
                .usingRecursiveComparison()
                .ignoringFields("settings", "origin")
                .isEqualTo(without);
        assertThat(withFile.settings()).allMatch(setting -> setting.source().startsWith(TEMPLATE + ":"));
    }

    private static String render() {
        StringBuilder out = new StringBuilder("""
                # The configuration of a Coppice node: every key, with its default. A file needs only what differs.
                #
                # Each key can also be given as an environment variable (limits.packet-size-max is
                # COPPICE_LIMITS_PACKET_SIZE_MAX) and on the command line (--set limits.packet-size-max=2MiB).
                # The command line outranks the environment, and the environment the file.
                # What is live is taken over from a changed file within security.reload-interval, or changed on all nodes by
                # "java -jar coppice.jar admin config set KEY VALUE"; all else needs a restart.
                # "java -jar coppice.jar check --config FILE" says whether a file is right.
                """);
        String[] before = {};
        for (Key<?> key : Schema.keys()) {
            String[] path = key.name().split("\\.");
            int shared = 0;
            while (shared < Math.min(before.length, path.length) - 1 && before[shared].equals(path[shared])) {
                shared++;
            }
            if (shared == 0) {
                out.append('\n');
            }
            for (int depth = shared; depth < path.length - 1; depth++) {
                out.append("  ".repeat(depth)).append(path[depth]).append(":\n");
            }
            String indent = "  ".repeat(path.length - 1);
            out.append(indent).append("# ").append(key.documentation()).append('\n');
            if (key.live()) {
                out.append(indent).append("# Live: may change while the node serves.\n");
            }
            if (!key.type().allowed().equals("true or false")) {
                out.append(indent)
                        .append("# Allowed: ")
                        .append(key.type().allowed())
                        .append(".\n");
            }
            out.append(indent)
                    .append(path[path.length - 1])
                    .append(": ")
                    .append(key.byDefault().isEmpty() ? "\"\"" : key.byDefault())
                    .append('\n');
            before = path;
        }
        return out.toString();
    }
}
