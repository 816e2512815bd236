package io.coppice.observe;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.json.schema.Validator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Holds requests for one operation against what the document says of it. */
final class Validation {
    private static final String JSON = "application/json";
    private static final String KEY = "asked";

    /** Values of one kind, and the validator for them, which is made when it is first needed. */
    private static final class Checked {
        final JsonObject schema;
        private @Nullable Validator validator;

        Checked(JsonObject schema) {
            this.schema = schema;
        }

        synchronized JsonArray faults(Object value, String where) {
            Validator made = validator;
            if (made == null) {
                made = Contract.validator(schema);
                validator = made;
            }
            return SchemaFaults.of(made.validate(value), schema, where);
        }
    }

    private record Parameter(String name, Checked checked, boolean required) {
        JsonObject schema() {
            return checked.schema;
        }

        String type() {
            return schema().getString("type", "string");
        }
    }

    private final Map<String, Parameter> ofPath = new LinkedHashMap<>();
    private final Map<String, Parameter> ofQuery = new LinkedHashMap<>();
    private final @Nullable Checked body;

    Validation(Contract.Operation operation) {
        for (Object each : operation.parameters()) {
            JsonObject json = (JsonObject) each;
            String name = json.getString("name");
            Parameter parameter =
                    new Parameter(name, new Checked(json.getJsonObject("schema")), json.getBoolean("required", false));
            ("path".equals(json.getString("in")) ? ofPath : ofQuery).put(name, parameter);
        }
        JsonObject content = operation.body();
        JsonObject json = content == null ? null : content.getJsonObject(JSON);
        this.body = json == null ? null : new Checked(json.getJsonObject("schema"));
    }

    /** What was asked for, as it was found to be right. */
    static Asked asked(RoutingContext ctx) {
        Asked asked = ctx.get(KEY);
        if (asked == null) {
            throw new IllegalStateException("nobody has looked at what is asked for");
        }
        return asked;
    }

    /** Lets a request pass that is as it should be, and answers another one. */
    void handle(RoutingContext ctx) {
        JsonArray faults = new JsonArray();
        Map<String, Object> values = new LinkedHashMap<>();
        ofPath.values().forEach(each -> take(each, "path", ctx.pathParam(each.name), values, faults));
        query(ctx, values, faults);
        JsonObject sent = new JsonObject();
        if (body != null) {
            String type = ctx.request().getHeader(HttpHeaders.CONTENT_TYPE);
            if (type == null || !JSON.equals(type.split(";", 2)[0].strip().toLowerCase(java.util.Locale.ROOT))) {
                Problem.answer(ctx, 415, "This is not sent as JSON", "allowed as Content-Type: " + JSON);
                return;
            }
            sent = body(ctx, body, faults);
        }
        if (faults.isEmpty()) {
            ctx.put(KEY, new Asked(values, sent));
            ctx.next();
        } else {
            Problem.answer(ctx, 400, problem(ctx, faults));
        }
    }

    private static JsonObject problem(RoutingContext ctx, JsonArray faults) {
        JsonObject first = faults.getJsonObject(0);
        String allowed = first.getString("allowed", "");
        String detail = first.getString("where") + ": " + first.getString("what")
                + (allowed.isEmpty() ? "" : "; allowed: " + allowed);
        return Problem.json(ctx, 400, "The request is not as it should be", detail)
                .put("errors", faults);
    }

    // --- parameters

    private void query(RoutingContext ctx, Map<String, Object> values, JsonArray faults) {
        for (String name : new TreeSet<>(ctx.queryParams().names())) {
            List<String> given = ctx.queryParams().getAll(name);
            if (!ofQuery.containsKey(name)) {
                faults.add(fault("query parameter " + name, "is not known", allowedNames()));
            } else if (given.size() > 1) {
                faults.add(fault("query parameter " + name, "is given " + given.size() + " times", "once"));
            }
        }
        ofQuery.values().forEach(each -> take(each, "query", ctx.queryParams().get(each.name), values, faults));
    }

    private String allowedNames() {
        Set<String> names = ofQuery.keySet();
        return names.isEmpty() ? "none" : names.stream().collect(Collectors.joining(", "));
    }

    private static JsonObject fault(String where, String what, String allowed) {
        return new JsonObject().put("where", where).put("what", what).put("allowed", allowed);
    }

    private void take(
            Parameter parameter, String kind, @Nullable String text, Map<String, Object> values, JsonArray faults) {
        String where = kind + " parameter " + parameter.name;
        if (text == null) {
            Object absent = parameter.schema().getValue("default");
            if (absent != null) {
                values.put(parameter.name, absent);
            } else if (parameter.required) {
                faults.add(fault(where, "is missing", SchemaFaults.allowed(parameter.schema())));
            }
            return;
        }
        Object value = value(parameter.type(), text);
        JsonArray wrong = parameter.checked.faults(value, where);
        if (wrong.isEmpty()) {
            values.put(parameter.name, value);
        } else {
            faults.addAll(wrong);
        }
    }

    /** As the type has it; as text where it is none of that, which its schema then says. */
    private static Object value(String type, String text) {
        if (type.equals("integer") && text.matches("-?[0-9]{1,18}")) {
            return Long.parseLong(text);
        }
        if (type.equals("boolean") && (text.equals("true") || text.equals("false"))) {
            return text.equals("true");
        }
        return text;
    }

    // --- the body

    private JsonObject body(RoutingContext ctx, Checked wanted, JsonArray faults) {
        Buffer buffer = ctx.body().buffer();
        if (buffer == null || buffer.length() == 0) {
            faults.add(fault("body", "is missing", SchemaFaults.allowed(wanted.schema)));
            return new JsonObject();
        }
        try {
            JsonObject json = new JsonObject(buffer);
            faults.addAll(wanted.faults(json, "body"));
            return json;
        } catch (DecodeException | ClassCastException malformed) {
            faults.add(fault("body", place(malformed), "one JSON object"));
            return new JsonObject();
        }
    }

    /** Where the text stops being JSON, and nothing of what it says. */
    private static String place(RuntimeException malformed) {
        Throwable cause = malformed.getCause();
        if (cause instanceof com.fasterxml.jackson.core.JsonProcessingException parsed
                && parsed.getLocation() != null) {
            return "is not JSON at line " + parsed.getLocation().getLineNr() + ", column "
                    + parsed.getLocation().getColumnNr();
        }
        return "is not a JSON object";
    }
}
