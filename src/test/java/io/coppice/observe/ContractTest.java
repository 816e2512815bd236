package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.OpenAPIVersion;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The document of the API, held against what is served and against the standard it is written in. */
@ExtendWith(VertxExtension.class)
class ContractTest {
    private static final Set<AdminRoute> PAGES = EnumSet.of(AdminRoute.PAGE_SETTINGS, AdminRoute.PAGES);

    private final Contract contract = Contract.load();

    static Stream<AdminRoute> routes() {
        return Arrays.stream(AdminRoute.values()).filter(route -> !PAGES.contains(route));
    }

    @Test
    void theDocumentIsOpenApiAsOthersReadIt(Vertx vertx) throws Exception {
        // Vert.x knows no other types of bodies, see DECISIONS.
        String document = contract.document("1.2.3")
                .encode()
                .replace("\"text/plain\"", "\"application/octet-stream\"")
                .replace("\"application/x-ndjson\"", "\"application/octet-stream\"")
                .replace("\"application/problem+json\"", "\"application/json\"");
        OpenAPIContract read = OpenAPIContract.from(vertx, new JsonObject(document))
                .toCompletionStage()
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);

        assertThat(read.getVersion()).isEqualTo(OpenAPIVersion.V3_1);
        assertThat(read.operations()).hasSameSizeAs(contract.operations().keySet());
        assertThat(contract.document("1.2.3").getJsonObject("info").getString("version"))
                .isEqualTo("1.2.3");
    }

    @ParameterizedTest
    @MethodSource("routes")
    void whatIsServedIsInTheDocumentWithItsRole(AdminRoute route) {
        Contract.Operation operation = contract.operations().get(route.operation());

        assertThat(operation).as(route.operation()).isNotNull();
        assertThat(operation.method()).isEqualTo(route.method().name());
        assertThat(operation.path()).isEqualTo(route.path());
        assertThat(operation.role()).isEqualTo(route.role().word());
        assertThat(names(operation, "path")).isEqualTo(inBraces(route.path()));
    }

    private static Set<String> names(Contract.Operation operation, String in) {
        return operation.parameters().stream()
                .map(JsonObject.class::cast)
                .filter(parameter -> in.equals(parameter.getString("in")))
                .map(parameter -> parameter.getString("name"))
                .collect(Collectors.toSet());
    }

    private static Set<String> inBraces(String path) {
        return Arrays.stream(path.split("/"))
                .filter(step -> step.startsWith("{"))
                .map(step -> step.substring(1, step.length() - 1))
                .collect(Collectors.toSet());
    }

    @Test
    void whatIsInTheDocumentIsServed() {
        assertThat(contract.operations().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        routes().map(AdminRoute::operation).toList());
    }

    @Test
    void theAuditTellsNoParameterThatThereIsNot() {
        routes().forEach(route -> assertThat(
                        names(Objects.requireNonNull(contract.operations().get(route.operation())), "query"))
                .as(route.name())
                .containsAll(route.told()));
    }

    /** No list of any length is asked for or taken. */
    @Test
    void everyNumberAndTextAndListThatIsTakenHasAnEnd() {
        for (Contract.Operation operation : contract.operations().values()) {
            operation
                    .parameters()
                    .forEach(each -> requireEnd(
                            operation.id() + " " + ((JsonObject) each).getString("name"),
                            ((JsonObject) each).getJsonObject("schema")));
        }
    }

    private static void requireEnd(String name, JsonObject schema) {
        switch (schema.getString("type")) {
            case "integer" -> assertThat(schema.getInteger("maximum")).as(name).isNotNull();
            case "string" ->
                assertThat(Stream.of("maxLength", "enum", "pattern").anyMatch(schema::containsKey))
                        .as(name)
                        .isTrue();
            default -> assertThat(schema.getString("type")).as(name).isEqualTo("boolean");
        }
    }

    // --- how faults are told

    private JsonArray faults(String operation, String body) {
        JsonObject schema = Objects.requireNonNull(
                        Objects.requireNonNull(contract.operations().get(operation))
                                .body())
                .getJsonObject("application/json")
                .getJsonObject("schema");
        return SchemaFaults.of(Contract.validator(schema).validate(new JsonObject(body)), schema, "body");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "publish | {} | body | Instance does not have required property \"topic\"",
                "publish | {\"topic\":\"a\",\"qos\":3} | body /qos | 3 is greater than 2",
                "publish | {\"topic\":\"a\",\"x\":1} | body /x | is not known",
                "publish | {\"topic\":7} | body /topic | Instance type number is invalid. Expected string",
                "ban | {\"kind\":\"king\",\"value\":\"a\",\"seconds\":1} | body /kind | Instance does not match any of"
            })
    void aFaultSaysWhereItIsAndWhatItIs(String operation, String body, String where, String what) {
        JsonArray faults = faults(operation, body);

        assertThat(faults).hasSize(1);
        assertThat(faults.getJsonObject(0).getString("where")).isEqualTo(where);
        assertThat(faults.getJsonObject(0).getString("what")).startsWith(what);
        assertThat(faults.getJsonObject(0).getString("allowed")).isNotBlank();
    }

    @Test
    void whatIsAllowedIsSaidInWords() {
        assertThat(faults("ban", "{\"kind\":\"king\",\"value\":\"a\",\"seconds\":1}")
                        .getJsonObject(0)
                        .getString("allowed"))
                .isEqualTo("client-id, user, address");
        assertThat(SchemaFaults.allowed(new JsonObject(Map.of("type", "integer", "minimum", 1, "maximum", 9))))
                .isEqualTo("integer 1 to 9");
        assertThat(faults("subscribe", "{\"subscriptions\":[{\"filter\":\"a\",\"qos\":7}]}"))
                .isEqualTo(new JsonArray(List.of(new JsonObject()
                        .put("what", "7 is greater than 2")
                        .put("allowed", "integer 0 to 2")
                        .put("where", "body /subscriptions/0/qos"))));
    }
}
