package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.ResponseValidator;
import io.vertx.openapi.validation.ValidatableResponse;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** The document that a node serves of its API, as an implementation of OpenAPI that others wrote reads it, for its answers to be held against. */
public final class Described implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx();
    private final OpenAPIContract contract;
    private final ResponseValidator validator;

    /** @param document as served */
    public Described(String document) throws Exception {
        // it knows no other types of bodies
        String read = document.replace("\"text/plain\"", "\"application/octet-stream\"")
                .replace("\"application/x-ndjson\"", "\"application/octet-stream\"")
                .replace("\"application/problem+json\"", "\"application/json\"");
        contract = OpenAPIContract.from(vertx, new JsonObject(read))
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        validator = ResponseValidator.create(vertx, contract);
    }

    /** Fails unless an answer is as the document says, and says nothing that the document does not. */
    public JsonObject require(String operation, HttpResponse<String> response) throws Exception {
        String sent = response.headers().firstValue("Content-Type").orElse("");
        String type = sent.equals("application/problem+json") ? "application/json" : sent;
        validator
                .validate(
                        ValidatableResponse.create(
                                response.statusCode(), Map.of(), Buffer.buffer(response.body()), type),
                        operation)
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        JsonObject body = new JsonObject(response.body());
        Operation found = contract.operation(operation);
        assertThat(found).as(operation).isNotNull();
        var described = found.getResponse(response.statusCode()) == null
                ? found.getDefaultResponse()
                : found.getResponse(response.statusCode());
        JsonObject schema = described.getContent().get(type).getOpenAPIModel().getJsonObject("schema");
        if (schema.containsKey("properties") || schema.containsKey("allOf")) {
            requireKnown(operation, schema, body);
        }
        return body;
    }

    private static void requireKnown(String where, JsonObject schema, Object value) {
        if (value instanceof JsonObject object) {
            JsonObject properties = properties(schema);
            Set<String> unknown = new TreeSet<>(object.fieldNames());
            unknown.removeAll(properties.fieldNames());
            assertThat(unknown).as("not in the document at " + where).isEmpty();
            for (Map.Entry<String, Object> each : object) {
                JsonObject inner = properties.getJsonObject(each.getKey());
                if (!properties(inner).isEmpty() || inner.containsKey("items")) {
                    requireKnown(where + "/" + each.getKey(), inner, each.getValue());
                }
            }
        } else if (value instanceof JsonArray array) {
            JsonObject items = schema.getJsonObject("items");
            if (!properties(items).isEmpty()) {
                array.forEach(each -> requireKnown(where + "/*", items, each));
            }
        }
    }

    private static JsonObject properties(JsonObject schema) {
        JsonObject all = new JsonObject();
        for (Object part : schema.getJsonArray("allOf", new JsonArray())) {
            all.mergeIn(properties((JsonObject) part));
        }
        return all.mergeIn(schema.getJsonObject("properties", new JsonObject()));
    }

    @Override
    public void close() {
        vertx.close();
    }
}
