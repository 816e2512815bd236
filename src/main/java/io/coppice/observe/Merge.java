package io.coppice.observe;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pages of all nodes as one. Each has told the first of its rows in the same order; behind the last row of a node that has more
 * nothing is known of it, so the page ends there at the latest.
 */
final class Merge {
    private final String list;
    private final List<String> order;
    private final Comparator<JsonObject> comparator;

    /** @param order names of texts by which rows are ordered, and which only one row has together */
    Merge(String list, List<String> order) {
        this.list = list;
        this.order = order;
        this.comparator = (one, other) -> {
            int result = 0;
            for (int i = 0; i < order.size() && result == 0; i++) {
                result = one.getString(order.get(i)).compareTo(other.getString(order.get(i)));
            }
            return result;
        };
    }

    /** Where a page begins, by its cursor. */
    JsonArray after(@Nullable String cursor) {
        return Cursor.read(cursor, list, order.size());
    }

    JsonObject page(Fleet.Answers answers, int limit) {
        List<JsonObject> rows = new ArrayList<>();
        JsonObject bound = null;
        for (Map.Entry<String, JsonObject> node : answers.byNode().entrySet()) {
            JsonObject last = null;
            for (Object each : node.getValue().getJsonArray("items", new JsonArray())) {
                last = ((JsonObject) each).put("node", node.getKey());
                rows.add(last);
            }
            boolean more = node.getValue().getBoolean("more", false);
            if (more && last != null && (bound == null || comparator.compare(last, bound) < 0)) {
                bound = last;
            }
        }
        return page(rows, bound, limit, answers);
    }

    private JsonObject page(List<JsonObject> rows, @Nullable JsonObject bound, int limit, Fleet.Answers answers) {
        rows.sort(comparator);
        List<JsonObject> page = new ArrayList<>();
        boolean more = bound != null;
        for (JsonObject row : rows) {
            if (bound != null && comparator.compare(row, bound) > 0) {
                break;
            }
            JsonObject last = page.isEmpty() ? null : page.get(page.size() - 1);
            if (last != null && comparator.compare(last, row) == 0) {
                // on its way from one node to another
                if (row.getBoolean("connected", false)) {
                    page.set(page.size() - 1, row);
                }
            } else if (page.size() == limit) {
                more = true;
                break;
            } else {
                page.add(row);
            }
        }
        JsonObject json = new JsonObject().put("items", new JsonArray(page));
        if (more && !page.isEmpty()) {
            json.put("nextCursor", cursor(page.get(page.size() - 1)));
        }
        return json.put("failures", answers.failures());
    }

    String cursor(JsonObject row) {
        JsonArray after = new JsonArray();
        order.forEach(name -> after.add(row.getString(name)));
        return Cursor.of(list, after);
    }
}
