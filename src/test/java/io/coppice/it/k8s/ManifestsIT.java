package io.coppice.it.k8s;

import static io.coppice.it.k8s.Rendering.castMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.coppice.blackbox.Hostile;
import io.coppice.config.ConfigException;
import io.coppice.config.ConfigLoader;
import io.coppice.config.CoppiceConfig;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests in k8s/: what Kubernetes, Coppice and an attacker make of them. */
class ManifestsIT {
    private static final String BASE = "k8s/base";
    private static final String DEV = "k8s/overlays/dev";
    private static final String PRODUCTION = "k8s/overlays/production";

    @TempDir
    Path directory;

    @BeforeAll
    static void tools() {
        Rendering.requireTools();
    }

    @ParameterizedTest
    @ValueSource(strings = {"k8s", BASE, DEV, PRODUCTION})
    void kubernetesKnowsEveryField(String where) throws Exception {
        for (Map<String, Object> object : Rendering.kustomize(where)) {
            strictly(object);
        }
        assertThat(faults(Rendering.kustomize(where))).isEmpty();
    }

    @Test
    void theChartsOptionalPartsAndItsTestAreValid() throws Exception {
        List<Map<String, Object>> objects = Rendering.objects(
                Rendering.template(
                        "--set",
                        "tls.enabled=true,gateway.enabled=true,autoscaling.enabled=true,busTls.enabled=true,monitoring.enabled=true,test.user=anna,test.passwordSecret=anna"));

        assertThat(objects)
                .extracting(object -> object.get("kind"))
                .contains("Pod", "TLSRoute", "TCPRoute", "HorizontalPodAutoscaler", "PrometheusRule");
        for (Map<String, Object> object : objects) {
            strictly(object);
        }
        assertThat(faults(objects)).isEmpty();
    }

    @Test
    void whatIsWrongIsFoundByOneCheckOrTheOther() {
        Map<String, Object> unknown = one(Rendering.kustomize(BASE), "StatefulSet", "coppice");
        castMap(unknown.get("spec")).put("replica", 3);
        assertThatThrownBy(() -> strictly(unknown)).hasMessageContaining("replica");

        Map<String, Object> deeper = one(Rendering.kustomize(BASE), "StatefulSet", "coppice");
        container(deeper).put("livenessprobe", Map.of());
        assertThatThrownBy(() -> strictly(deeper)).hasMessageContaining("livenessprobe");

        Map<String, Object> wrong = one(Rendering.kustomize(BASE), "StatefulSet", "coppice");
        castMap(wrong.get("spec")).put("replicas", "three");
        assertThat(faults(List.of(wrong))).contains("replicas must be integer");
    }

    @ParameterizedTest
    @CsvSource({
        BASE + ", KUBERNETES, 1883 8083",
        DEV + ", SINGLE, 1883 8083",
        PRODUCTION + ", KUBERNETES, 8883 8084",
    })
    void aNodeTakesItsConfiguration(String where, CoppiceConfig.ClusterMode mode, String ports) throws Exception {
        List<Map<String, Object>> objects = Rendering.kustomize(where);
        CoppiceConfig config = config(objects);

        assertThat(config.cluster().mode()).isEqualTo(mode);
        assertThat(config.monitoring().enabled()).isTrue();
        assertThat(config.admin().host()).isEqualTo("127.0.0.1");
        List<String> open = new ArrayList<>();
        var listeners = config.listeners();
        Stream.of(listeners.mqtt(), listeners.mqtts())
                .filter(one -> one.enabled() && one.host().equals("0.0.0.0"))
                .forEach(one -> open.add(Integer.toString(one.port())));
        Stream.of(listeners.ws(), listeners.wss())
                .filter(one -> one.enabled() && one.host().equals("0.0.0.0"))
                .forEach(one -> open.add(Integer.toString(one.port())));
        assertThat(open).containsExactlyInAnyOrder(ports.split(" "));
        Map<String, Object> service = one(objects, "Service", "coppice");
        assertThat(list(service, "spec", "ports"))
                .extracting(port -> port.get("port").toString())
                .containsExactlyInAnyOrder(ports.split(" "));
        if (mode == CoppiceConfig.ClusterMode.KUBERNETES) {
            Map<String, Object> set = one(objects, "StatefulSet", "coppice");
            assertThat(config.cluster().expectedSize())
                    .isEqualTo(castMap(set.get("spec")).get("replicas"));
            assertThat(config.cluster().service())
                    .isEqualTo(castMap(set.get("spec")).get("serviceName"));
        }
    }

    @Test
    void aWrongKeyInTheConfigurationIsFound() {
        List<Map<String, Object>> objects = Rendering.kustomize(BASE);
        Map<String, Object> data = castMap(one(objects, "ConfigMap", "coppice").get("data"));
        data.put("coppice.yaml", data.get("coppice.yaml") + "\nclusters:\n  mode: single\n");

        assertThatThrownBy(() -> config(objects)).isInstanceOf(ConfigException.class);
    }

    @Test
    void whatOthersCallTheirServicesIsNoConfiguration() {
        for (String where : List.of(BASE, DEV, PRODUCTION)) {
            assertThat(pod(one(Rendering.kustomize(where), "StatefulSet", "coppice")))
                    .containsEntry("enableServiceLinks", false);
        }
    }

    @Test
    void alertsAreThoseOfTheFile() throws IOException {
        Map<String, Object> rule = one(Rendering.kustomize(PRODUCTION), "PrometheusRule", "coppice");
        Object file = Rendering.yaml().load(Files.readString(Path.of("k8s", "monitoring", "alerts.yaml")));

        assertThat(rule.get("spec")).isEqualTo(file);
    }

    @Test
    void anAutoscalerTakesOneNodeAtATimeAndSlowly() {
        Map<String, Object> autoscaler =
                one(Rendering.kustomize("k8s/components/autoscaling"), "HorizontalPodAutoscaler", "coppice");
        Map<String, Object> down =
                castMap(castMap(castMap(autoscaler.get("spec")).get("behavior")).get("scaleDown"));

        assertThat((int) down.get("stabilizationWindowSeconds")).isGreaterThanOrEqualTo(3600);
        assertThat(down.get("policies")).isEqualTo(List.of(Map.of("type", "Pods", "value", 1, "periodSeconds", 900)));
    }

    @Test
    void allNodesStartAtOnceAndFindEachOtherBeforeTheyAreReady() {
        List<Map<String, Object>> objects = Rendering.kustomize(BASE);
        Map<String, Object> set = castMap(one(objects, "StatefulSet", "coppice").get("spec"));
        Map<String, Object> nodes =
                castMap(one(objects, "Service", "coppice-nodes").get("spec"));

        assertThat(set).containsEntry("podManagementPolicy", "Parallel");
        assertThat(nodes).containsEntry("publishNotReadyAddresses", true).containsEntry("clusterIP", "None");
        assertThat(castMap(one(objects, "PodDisruptionBudget", "coppice").get("spec")))
                .containsEntry("maxUnavailable", 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, DEV, PRODUCTION})
    @Hostile("B91")
    void noNodeHasAnyRightInKubernetes(String where) {
        List<Map<String, Object>> objects = Rendering.kustomize(where);

        assertThat(objects)
                .extracting(object -> object.get("kind"))
                .doesNotContain("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding");
        assertThat(one(objects, "ServiceAccount", "coppice")).containsEntry("automountServiceAccountToken", false);
        Map<String, Object> pod = pod(one(objects, "StatefulSet", "coppice"));
        assertThat(pod)
                .containsEntry("automountServiceAccountToken", false)
                .containsEntry("serviceAccountName", "coppice");
        assertThat(list(pod, "volumes")).noneMatch(volume -> volume.containsKey("projected"));
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, DEV, PRODUCTION})
    @Hostile("B92")
    void whoTakesOverANodeIsNobodyAndReachesNobody(String where) {
        List<Map<String, Object>> objects = Rendering.kustomize(where);
        Map<String, Object> set = one(objects, "StatefulSet", "coppice");
        Map<String, Object> pod = pod(set);

        assertThat(castMap(pod.get("securityContext")))
                .containsEntry("runAsNonRoot", true)
                .containsEntry("runAsUser", 10001)
                .containsEntry("seccompProfile", Map.of("type", "RuntimeDefault"));
        assertThat(pod).doesNotContainKeys("hostNetwork", "hostPID", "hostIPC", "initContainers");
        assertThat(list(pod, "containers")).hasSize(1);
        assertThat(castMap(container(set).get("securityContext")))
                .containsEntry("allowPrivilegeEscalation", false)
                .containsEntry("readOnlyRootFilesystem", true)
                .containsEntry("capabilities", Map.of("drop", List.of("ALL")))
                .doesNotContainKey("privileged");
        assertThat(list(pod, "volumes")).noneMatch(volume -> volume.containsKey("hostPath"));
        assertThat(objects).extracting(object -> object.get("kind")).contains("PodDisruptionBudget");

        Map<String, Object> labels =
                castMap(castMap(one(objects, "Service", "coppice").get("spec")).get("selector"));
        Map<String, Object> all =
                castMap(one(objects, "NetworkPolicy", "coppice-default-deny").get("spec"));
        assertThat(all)
                .containsEntry("policyTypes", List.of("Ingress", "Egress"))
                .containsEntry("podSelector", Map.of("matchLabels", labels))
                .doesNotContainKeys("ingress", "egress");
        Map<String, Object> policy =
                castMap(one(objects, "NetworkPolicy", "coppice").get("spec"));
        TreeSet<String> fromAnywhere = new TreeSet<>();
        for (Map<String, Object> rule : list(policy, "ingress")) {
            List<Map<String, Object>> ports = list(rule, "ports");
            assertThat(ports).isNotEmpty();
            if (ports.stream().anyMatch(port -> List.of("members", "bus").contains(port.get("port")))) {
                assertThat(rule.get("from")).isEqualTo(List.of(Map.of("podSelector", Map.of("matchLabels", labels))));
            }
            if (!rule.containsKey("from")) {
                ports.forEach(port -> fromAnywhere.add(port.get("port").toString()));
            }
        }
        assertThat(fromAnywhere)
                .containsExactly(
                        where.equals(PRODUCTION) ? new String[] {"mqtts", "wss"} : new String[] {"mqtt", "ws"});
        assertThat(list(policy, "egress")).allSatisfy(rule -> assertThat(rule).containsKeys("to", "ports"));
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, DEV, PRODUCTION})
    @Hostile("B93")
    void secretsAreInFilesAndNoHeapIsDumped(String where) {
        List<Map<String, Object>> objects = Rendering.kustomize(where);
        Map<String, Object> set = one(objects, "StatefulSet", "coppice");
        Map<String, Object> container = container(set);

        assertThat(container).doesNotContainKey("envFrom");
        Map<String, String> environment = new TreeMap<>();
        for (Map<String, Object> variable : list(container, "env")) {
            assertThat(variable.toString()).doesNotContain("secretKeyRef");
            environment.put(variable.get("name").toString(), String.valueOf(variable.get("value")));
        }
        assertThat(environment.get("JDK_JAVA_OPTIONS"))
                .contains("-XX:-HeapDumpOnOutOfMemoryError", "-XX:+ExitOnOutOfMemoryError", "-XX:MaxRAMPercentage=")
                .doesNotContain("HeapDumpPath", "+HeapDump", "Xmx");
        assertThat(environment.keySet())
                .noneMatch(name -> name.matches(".*(PASSWORD|TOKEN|SECRET)") && !name.endsWith("_FILE"));
        assertThat(objects).extracting(object -> object.get("kind")).doesNotContain("Secret");
        for (Map<String, Object> volume : list(pod(set), "volumes")) {
            if (volume.containsKey("secret")) {
                assertThat(castMap(volume.get("secret"))).containsEntry("defaultMode", 0440);
                assertThat(list(container, "volumeMounts"))
                        .filteredOn(mount -> mount.get("name").equals(volume.get("name")))
                        .singleElement()
                        .satisfies(mount -> assertThat(mount).containsEntry("readOnly", true));
            }
        }
        assertThat(castMap(container.get("resources")))
                .extractingByKey("limits")
                .extracting(limits -> castMap(limits).get("memory"))
                .isEqualTo(castMap(castMap(container.get("resources")).get("requests"))
                        .get("memory"));
    }

    /** Fails at a field that Kubernetes does not know; of what extends Kubernetes it knows nothing. */
    private static void strictly(Map<String, Object> object) throws IOException {
        String version = object.get("apiVersion").toString();
        if (version.startsWith("cert-manager.io/")
                || version.startsWith("gateway.networking.k8s.io/")
                || version.startsWith("monitoring.coreos.com/")) {
            return;
        }
        String name =
                version.substring(version.indexOf('/') + 1).toUpperCase(java.util.Locale.ROOT) + object.get("kind");
        try {
            Class<?> model = Class.forName("io.kubernetes.client.openapi.models." + name);
            JsonObject json = JsonParser.parseString(new Gson().toJson(object)).getAsJsonObject();
            model.getMethod("validateJsonElement", JsonElement.class).invoke(null, json);
        } catch (InvocationTargetException e) {
            throw new AssertionError(object.get("kind") + ": " + e.getCause().getMessage(), e);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** What the schemas that npm has brought find wrong. */
    private static String faults(List<Map<String, Object>> objects) {
        return Rendering.run(
                new Gson().toJson(objects),
                "node",
                Rendering.TESTS.resolve("validate.mjs").toString());
    }

    private CoppiceConfig config(List<Map<String, Object>> objects) throws IOException, ConfigException {
        Path file = Files.writeString(
                directory.resolve("coppice.yaml"),
                castMap(one(objects, "ConfigMap", "coppice").get("data"))
                        .get("coppice.yaml")
                        .toString());
        Map<String, String> environment = new HashMap<>();
        for (Map<String, Object> variable : list(container(one(objects, "StatefulSet", "coppice")), "env")) {
            environment.put(
                    variable.get("name").toString(),
                    variable.containsKey("value") ? variable.get("value").toString() : "10.1.2.3");
        }
        return ConfigLoader.load(file, environment, List.of());
    }

    static Map<String, Object> one(List<Map<String, Object>> objects, String kind, String name) {
        return objects.stream()
                .filter(object -> object.get("kind").equals(kind)
                        && castMap(object.get("metadata")).get("name").equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind + " " + name));
    }

    private static Map<String, Object> pod(Map<String, Object> set) {
        return castMap(castMap(castMap(set.get("spec")).get("template")).get("spec"));
    }

    private static Map<String, Object> container(Map<String, Object> set) {
        return list(pod(set), "containers").get(0);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, Object> object, String... path) {
        Map<String, Object> at = object;
        for (int i = 0; i < path.length - 1; i++) {
            at = castMap(at.get(path[i]));
        }
        return (List<Map<String, Object>>) at.get(path[path.length - 1]);
    }
}
