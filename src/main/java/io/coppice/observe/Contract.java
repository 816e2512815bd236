package io.coppice.observe;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.pointer.JsonPointer;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The description of the admin port in OpenAPI 3.1, {@code openapi.yaml}: what it says of parameters and bodies is what requests
 * are held against, and people's tools read the same.
 */
final class Contract {
    private static final String FILE = "openapi.yaml";

    /**
     * One thing that can be asked for.
     *
     * @param parameters of the path and the query, with their schemas
     * @param body what is sent, by its type; null where nothing is
     */
    record Operation(
            String id,
            String method,
            String path,
            String role,
            JsonArray parameters,
            @Nullable JsonObject body) {}

    private final JsonObject document;
    private final Map<String, Operation> operations = new LinkedHashMap<>();
    private final Map<String, Validation> validations = new HashMap<>();

    private Contract(JsonObject document) {
        this.document = document;
        for (Map.Entry<String, Object> path : document.getJsonObject("paths")) {
            methods(path.getKey(), (JsonObject) path.getValue());
        }
    }

    /** The same with what it refers to in the place of the references; the document has no circle of them. */
    private Object whole(Object part) {
        if (part instanceof JsonArray array) {
            JsonArray all = new JsonArray();
            array.forEach(each -> all.add(whole(each)));
            return all;
        }
        if (!(part instanceof JsonObject object)) {
            return part;
        }
        String reference = object.getString("$ref");
        if (reference != null) {
            return whole(JsonPointer.from(reference.substring(1)).queryJson(document));
        }
        JsonObject all = new JsonObject();
        object.forEach(each -> all.put(each.getKey(), each.getValue() == null ? null : whole(each.getValue())));
        return all;
    }

    private void methods(String path, JsonObject methods) {
        for (Map.Entry<String, Object> method : methods) {
            if (method.getValue() instanceof JsonObject json) {
                JsonArray parameters = methods.getJsonArray("parameters", new JsonArray())
                        .copy()
                        .addAll(json.getJsonArray("parameters", new JsonArray()));
                JsonObject body = json.getJsonObject("requestBody");
                Operation operation = new Operation(
                        json.getString("operationId"),
                        method.getKey().toUpperCase(Locale.ROOT),
                        path,
                        json.getString("x-role"),
                        (JsonArray) whole(parameters),
                        body == null ? null : ((JsonObject) whole(body)).getJsonObject("content"));
                operations.put(operation.id, operation);
                validations.put(operation.id, new Validation(operation));
            }
        }
    }

    /** The one that comes with this release; blocks for some 200 ms in a process that has just begun. */
    static Contract load() {
        return of(read());
    }

    static Contract of(JsonObject document) {
        return new Contract(document);
    }

    @SuppressWarnings("unchecked")
    private static JsonObject read() {
        try (InputStream file = Contract.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new IllegalStateException(FILE + " is not there");
            }
            Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(file);
            return new JsonObject(((Map<String, Object>) read));
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    /** As it is served: with the release that serves it. */
    JsonObject document(String release) {
        JsonObject copy = document.copy();
        copy.getJsonObject("info").put("version", release);
        return copy;
    }

    /** All of them, by their identifiers. */
    Map<String, Operation> operations() {
        return operations;
    }

    /**
     * What a request for an operation is held against.
     *
     * @throws IllegalStateException if the document does not have it
     */
    Validation validation(String operation) {
        Validation found = validations.get(operation);
        if (found == null) {
            throw new IllegalStateException("the document of the API does not have " + operation);
        }
        return found;
    }

    /** What knows whether a value is as a schema of this document says; made anew each time. */
    static Validator validator(JsonObject schema) {
        return Validator.create(
                JsonSchema.of(schema),
                new JsonSchemaOptions()
                        .setDraft(Draft.DRAFT202012)
                        .setBaseUri("app://coppice")
                        .setOutputFormat(OutputFormat.Basic));
    }
}
