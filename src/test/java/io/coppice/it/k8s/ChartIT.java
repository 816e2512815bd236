package io.coppice.it.k8s;

import static io.coppice.it.k8s.Rendering.castMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Helm chart beside the manifests of Kustomize. */
class ChartIT {
    private static final Path KUSTOMIZATION = Path.of("target", "k8s-all", "kustomization.yaml");

    @BeforeAll
    static void tools() {
        Rendering.requireTools();
    }

    @ParameterizedTest
    @CsvSource({
        "k8s/base, values.yaml",
        "k8s/overlays/dev, values-dev.yaml",
        "k8s/overlays/production, values-production.yaml",
    })
    void rendersToTheSameObjects(String where, String values) {
        assertThat(byName(Rendering.helm("-f", "k8s/helm/coppice/" + values)))
                .isEqualTo(byName(Rendering.kustomize(where)));
    }

    @Test
    void optionalPartsAreTheSameToo() throws IOException {
        Files.createDirectories(KUSTOMIZATION.getParent());
        Files.writeString(KUSTOMIZATION, """
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                resources: [../../k8s/base]
                components:
                  - ../../k8s/components/tls
                  - ../../k8s/components/autoscaling
                  - ../../k8s/components/gateway
                patches:
                  - target: {kind: StatefulSet}
                    patch: |
                      - {op: remove, path: /spec/replicas}
                """);

        assertThat(byName(Rendering.helm(
                        "--set",
                        "tls.enabled=true,tls.certManager.enabled=true,autoscaling.enabled=true,gateway.enabled=true")))
                .isEqualTo(byName(Rendering.kustomize(KUSTOMIZATION.getParent().toString())));
    }

    @Test
    void aSecondReleaseInANamespaceHasNamesOfItsOwn() {
        for (Map<String, Object> object : Rendering.objects(Rendering.release("east"))) {
            assertThat(castMap(object.get("metadata")).get("name").toString()).startsWith("east-coppice");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "replica=5",
                "replicas=many",
                "terminationGracePeriodSeconds=30",
                "heapPercent=95",
                "image.digest=latest",
                "proxyProtocol.enabled=true",
                "gateway.enabled=true",
                "clusterMode=single",
                "resources.limits.memory=null",
            })
    void whatCannotBeMeantIsRefused(String value) {
        assertThatThrownBy(() -> Rendering.template("--set", value)).isInstanceOf(AssertionError.class);
    }

    /** Objects by kind and name, in a form in which those that mean the same are equal. Whose namespace it is, is left to who installs the chart. */
    private static Map<String, Object> byName(List<Map<String, Object>> objects) {
        Map<String, Object> all = new TreeMap<>();
        for (Map<String, Object> object : objects) {
            Map<String, Object> metadata = castMap(object.get("metadata"));
            metadata.remove("namespace");
            if (object.get("kind").equals("Namespace")) {
                continue;
            }
            if (object.get("kind").equals("ConfigMap")) {
                Map<String, Object> data = castMap(object.get("data"));
                data.replaceAll((name, text) -> name.endsWith(".json")
                        ? new JsonObject(text.toString()).getMap()
                        : Rendering.yaml().load(text.toString()));
            }
            assertThat(all.put(object.get("kind") + " " + metadata.get("name"), ordered(object)))
                    .isNull();
        }
        return all;
    }

    /** Lists of things with names, whose order says nothing, by name. */
    private static Object ordered(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> ordered = new TreeMap<>();
            map.forEach((key, one) -> ordered.put(key.toString(), ordered(one)));
            return ordered;
        }
        if (value instanceof List<?> list) {
            List<Object> ordered =
                    new ArrayList<>(list.stream().map(ChartIT::ordered).toList());
            boolean named = ordered.stream()
                    .allMatch(one -> one instanceof Map<?, ?> map
                            && (map.containsKey("name") && !map.containsKey("alert") || map.containsKey("mountPath")));
            if (named) {
                ordered.sort(Comparator.comparing(Object::toString));
            }
            return ordered;
        }
        return value;
    }
}
