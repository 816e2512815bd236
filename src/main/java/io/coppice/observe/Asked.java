package io.coppice.observe;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks for; by its schemas all of it is right, and what has a default is there.
 *
 * @param values of parameters, by their names: text, numbers (long), booleans
 * @param body empty where none is wanted
 */
record Asked(Map<String, Object> values, JsonObject body) {
    /** @throws IllegalStateException where the document lets it be absent */
    String text(String name) {
        String text = textOrNull(name);
        if (text == null) {
            throw new IllegalStateException(name + " may be absent");
        }
        return text;
    }

    @Nullable
    String textOrNull(String name) {
        Object value = values.get(name);
        return value == null ? null : value.toString();
    }

    int number(String name) {
        if (values.get(name) instanceof Number number) {
            return number.intValue();
        }
        throw new IllegalStateException(name + " may be absent");
    }

    @Nullable
    Boolean flagOrNull(String name) {
        return (Boolean) values.get(name);
    }

    boolean flag(String name) {
        return Boolean.TRUE.equals(values.get(name));
    }
}
