package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.coppice.pki.Authority;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The alerts and the dashboard in k8s/monitoring: what they ask for is there, and what they say is written down. */
@Timeout(120)
class ShippedMonitoringIT {
    private static final Path SHIPPED = Path.of("k8s", "monitoring");
    private static final Pattern NAME = Pattern.compile("\\b(?:mqtt|process|jvm|vertx)_[a-z_]+");
    private static final Pattern RUNBOOK = Pattern.compile("(?m)^### (Coppice\\w+)$");

    @TempDir
    static Path directory;

    private static List<Map<String, Object>> alerts;

    @BeforeAll
    static void read() throws IOException {
        alerts = rules(SHIPPED.resolve("alerts.yaml"));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> rules(Path file) throws IOException {
        Map<String, List<Map<String, Object>>> all =
                new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
        List<Map<String, Object>> rules = new ArrayList<>();
        all.get("groups").forEach(group -> rules.addAll((List<Map<String, Object>>) group.get("rules")));
        return rules;
    }

    private static Set<String> names() {
        return alerts.stream().map(alert -> (String) alert.get("alert")).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Every expression that Prometheus is asked. */
    private static Stream<String> expressions() throws IOException {
        JsonArray panels = new JsonObject(Files.readString(SHIPPED.resolve("dashboard.json"))).getJsonArray("panels");
        Stream<String> ofPanels = panels.stream()
                .map(JsonObject.class::cast)
                .flatMap(panel -> panel.getJsonArray("targets", new JsonArray()).stream())
                .map(target -> ((JsonObject) target).getString("expr"));
        return Stream.concat(ofPanels, alerts.stream().map(alert -> (String) alert.get("expr")));
    }

    @Test
    void everyMeterThatIsAskedForIsThere() throws Exception {
        Path certificate = Authority.root("Servers").server("localhost").into(directory.resolve("certificate"));
        try (LocalCluster cluster = LocalCluster.of(
                2,
                "durability=disk",
                "node.data=" + directory.resolve("{node}"),
                "listeners.mqtts.port=0",
                "listeners.mqtts.certificate=" + certificate,
                "admin.audit-file=" + directory.resolve("{node}-audit"),
                "security.anonymous=true",
                "security.http.authn-url=http://127.0.0.1:9/")) {
            cluster.beginAll();
            Set<String> asked = expressions()
                    .flatMap(expression -> NAME.matcher(expression).results())
                    .map(MatchResult::group)
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(asked).hasSizeGreaterThan(50);
            System.gc(); // before the first one nothing is told of collections
            await().untilAsserted(() -> assertThat(scraped(cluster)).containsAll(asked));
        }
    }

    private static Set<String> scraped(LocalCluster cluster) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + cluster.node(0).port("admin") + "/metrics");
        String metrics = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
        return metrics.lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[ {]", 2)[0])
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyAlertHasARunbookAndEveryRunbookAnAlert() throws Exception {
        String guide = Files.readString(Path.of("src", "docs", "OPERATIONS.md"));
        assertThat(RUNBOOK.matcher(guide).results().map(found -> found.group(1)))
                .containsExactlyElementsOf(alerts.stream()
                        .map(alert -> (String) alert.get("alert"))
                        .toList());
        assertThat(alerts).allSatisfy(alert -> {
            Map<?, ?> annotations = (Map<?, ?>) alert.get("annotations");
            assertThat(annotations.get("runbook"))
                    .isEqualTo("src/docs/OPERATIONS.md#" + ((String) alert.get("alert")).toLowerCase(Locale.ROOT));
            assertThat((String) annotations.get("summary")).isNotBlank();
            assertThat(((Map<?, ?>) alert.get("labels")).get("severity")).isIn("critical", "warning");
        });
    }

    @Test
    void everyAlertFiresAndStaysQuietWherePrometheusTriesIt() throws Exception {
        Path tests = SHIPPED.resolve("alerts-test.yaml");
        String text = Files.readString(tests);
        assertThat(names())
                .allSatisfy(name ->
                        assertThat(text).contains("name: " + name + " fires\n", "name: " + name + " stays quiet\n"));
        assumeThat(Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(place -> Files.isExecutable(Path.of(place, "promtool"))))
                .as("promtool, which comes with Prometheus, is there")
                .isTrue();
        Process promtool = new ProcessBuilder("promtool", "test", "rules", tests.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(promtool.waitFor()).as(said).isZero();
    }
}
