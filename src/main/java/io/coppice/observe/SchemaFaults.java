package io.coppice.observe;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.OutputUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a validator of schemas says, as a person wants to read it: where, what, and what is allowed there. */
final class SchemaFaults {
    private static final int FAULTS_MAX = 10;

    private SchemaFaults() {}

    /** @param where the value is, such as {@code query parameter limit} */
    static JsonArray of(OutputUnit result, JsonObject schema, String where) {
        JsonArray faults = new JsonArray();
        if (Boolean.TRUE.equals(result.getValid())) {
            return faults;
        }
        Set<String> told = new LinkedHashSet<>();
        for (OutputUnit each : result.getErrors() == null ? List.<OutputUnit>of() : result.getErrors()) {
            String place = place(each.getInstanceLocation());
            JsonObject fault = fault(schema, place, String.valueOf(each.getError()));
            if (fault != null && faults.size() < FAULTS_MAX && told.add(place)) {
                faults.add(fault.put("where", place.isEmpty() ? where : where + " " + place));
            }
        }
        if (faults.isEmpty()) {
            faults.add(new JsonObject()
                    .put("where", where)
                    .put("what", "is not as it should be")
                    .put("allowed", allowed(schema)));
        }
        return faults;
    }

    private static String place(@Nullable String pointer) {
        if (pointer == null) {
            return "";
        }
        return pointer.startsWith("#") ? pointer.substring(1) : pointer;
    }

    /** Null for what is wrong only because of something inside it. */
    private static @Nullable JsonObject fault(JsonObject schema, String place, String error) {
        JsonObject meant = at(schema, place);
        if (error.endsWith("does not match additional properties schema")) {
            JsonObject holder = at(schema, place.substring(0, Math.max(0, place.lastIndexOf('/'))));
            return meant != null || holder == null
                    ? null
                    : new JsonObject().put("what", "is not known").put("allowed", allowed(holder));
        }
        if (error.endsWith("does not match schema") || error.endsWith("did not match schema")) {
            return null;
        }
        JsonObject fault = new JsonObject().put("what", error);
        return meant == null ? fault : fault.put("allowed", allowed(meant));
    }

    /** The schema of a part of what a schema describes; null where it says nothing of it. */
    private static @Nullable JsonObject at(JsonObject schema, String pointer) {
        JsonObject here = schema;
        for (String step : pointer.split("/", -1)) {
            if (step.isEmpty()) {
                continue;
            }
            JsonObject properties = here.getJsonObject("properties", new JsonObject());
            Object next = properties.containsKey(step) ? properties.getValue(step) : here.getValue("items");
            if (!(next instanceof JsonObject deeper)) {
                return null;
            }
            here = deeper;
        }
        return here;
    }

    /** What a schema takes, in words. */
    static String allowed(JsonObject schema) {
        List<String> words = new ArrayList<>();
        if (schema.getValue("enum") instanceof JsonArray values) {
            List<String> all = new ArrayList<>();
            values.forEach(value -> all.add(String.valueOf(value)));
            return String.join(", ", all);
        }
        if (schema.getValue("type") instanceof String type) {
            words.add(type.equals("boolean") ? "true or false" : type);
        }
        Number least = schema.getNumber("minimum");
        Number most = schema.getNumber("maximum");
        if (least != null && most != null) {
            words.add(least + " to " + most);
        }
        if (schema.getNumber("maxLength") != null) {
            words.add(
                    "of " + schema.getInteger("minLength", 0) + " to " + schema.getNumber("maxLength") + " characters");
        }
        if (schema.getNumber("maxItems") != null) {
            words.add("of " + schema.getInteger("minItems", 0) + " to " + schema.getNumber("maxItems") + " items");
        }
        if (schema.getString("pattern") != null) {
            words.add("that matches " + schema.getString("pattern"));
        }
        if (schema.getValue("properties") instanceof JsonObject properties) {
            words.add("with " + String.join(", ", properties.fieldNames()));
            if (schema.getValue("required") instanceof JsonArray required && !required.isEmpty()) {
                List<String> all = new ArrayList<>();
                required.forEach(value -> all.add(String.valueOf(value)));
                words.add("of which there must be " + String.join(", ", all));
            }
        }
        return String.join(" ", words);
    }
}
