package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MergeTest {
    private static final Merge CLIENTS = new Merge("clients", List.of("clientId"));

    private static JsonObject row(String clientId, boolean connected) {
        return new JsonObject().put("clientId", clientId).put("connected", connected);
    }

    private static JsonObject told(boolean more, String... clientIds) {
        JsonArray items = new JsonArray();
        for (String clientId : clientIds) {
            items.add(row(clientId, true));
        }
        return new JsonObject().put("items", items).put("more", more);
    }

    private static Fleet.Answers answers(Map<String, JsonObject> byNode) {
        return new Fleet.Answers(new TreeMap<>(byNode), new JsonArray());
    }

    private static List<String> ids(JsonObject page) {
        return page.getJsonArray("items").stream()
                .map(row -> ((JsonObject) row).getString("clientId"))
                .toList();
    }

    @Test
    void rowsOfAllNodesStandInOneOrder() {
        JsonObject page = CLIENTS.page(answers(Map.of("a", told(false, "1", "4"), "b", told(false, "2", "3"))), 10);

        assertThat(ids(page)).containsExactly("1", "2", "3", "4");
        assertThat(page.containsKey("nextCursor")).isFalse();
        assertThat(page.getJsonArray("items").getJsonObject(1).getString("node"))
                .isEqualTo("b");
    }

    /** What comes behind the last row of a node that has more may belong in between. */
    @Test
    void nothingIsToldFromBehindWhatOneNodeHasTold() {
        JsonObject page = CLIENTS.page(answers(Map.of("a", told(true, "1", "2"), "b", told(false, "2x", "3"))), 10);

        assertThat(ids(page)).containsExactly("1", "2");
        assertThat(CLIENTS.after(page.getString("nextCursor"))).containsExactly("2");
    }

    @Test
    void aSessionOnItsWayIsToldOnceAndWhereItsClientIs() {
        JsonObject leaving = new JsonObject()
                .put("items", new JsonArray().add(row("1", false)))
                .put("more", false);

        JsonObject page = CLIENTS.page(answers(Map.of("a", leaving, "b", told(false, "1"))), 10);

        assertThat(ids(page)).containsExactly("1");
        assertThat(page.getJsonArray("items").getJsonObject(0).getString("node"))
                .isEqualTo("b");
    }

    @Test
    void pageByPageEveryRowComesOnceWhoeverHasIt() {
        SplittableRandom random = new SplittableRandom(17);
        for (int round = 0; round < 50; round++) {
            Map<String, TreeSet<String>> nodes = new TreeMap<>();
            TreeSet<String> all = new TreeSet<>();
            for (int i = random.nextInt(60); i > 0; i--) {
                String id = "c" + random.nextInt(1_000);
                all.add(id);
                nodes.computeIfAbsent("n" + random.nextInt(3), node -> new TreeSet<>())
                        .add(id);
            }
            int limit = 1 + random.nextInt(7);
            // a node may tell less than it was asked for, since its answer would be too long
            int shorter = 1 + random.nextInt(limit);
            assertThat(walk(nodes, limit, shorter)).containsExactlyElementsOf(all);
        }
    }

    private static List<String> walk(Map<String, TreeSet<String>> nodes, int limit, int atMost) {
        List<String> seen = new ArrayList<>();
        String cursor = null;
        do {
            JsonArray after = CLIENTS.after(cursor);
            Map<String, JsonObject> byNode = new TreeMap<>();
            nodes.forEach((node, ids) -> {
                List<String> left =
                        after.isEmpty() ? List.copyOf(ids) : List.copyOf(ids.tailSet(after.getString(0), false));
                int told = Math.min(atMost, left.size());
                byNode.put(node, told(left.size() > told, left.subList(0, told).toArray(String[]::new)));
            });
            JsonObject page = CLIENTS.page(answers(byNode), limit);
            assertThat(ids(page)).hasSizeLessThanOrEqualTo(limit);
            seen.addAll(ids(page));
            cursor = page.getString("nextCursor");
        } while (cursor != null);
        return seen;
    }

    // --- cursors

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "!",
                "null",
                "WyJjbGllbnRzIl0", // ["clients"]
                "WyJjbGllbnRzIiwxXQ", // ["clients",1]
                "WyJyZXRhaW5lZCIsImEiXQ", // ["retained","a"]
                "WyJjbGllbnRzIiwiYSIsImIiXQ", // ["clients","a","b"]
                "eyJhIjoxfQ" // {"a":1}
            })
    void aCursorOfSomethingElseIsRefused(String cursor) {
        assertThatThrownBy(() -> CLIENTS.after(cursor)).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.status()).isEqualTo(400);
            assertThat(refusal.detail())
                    .isEqualTo("query parameter cursor: is none of this list; allowed: the nextCursor of a page of "
                            + "the same list");
        });
    }

    @Test
    void aCursorTakesAnyTextThroughAUrl() {
        String id = "a/b+c d%2F\"\\ü\u0001\uD83D\uDE00";
        String cursor = CLIENTS.cursor(row(id, true));

        assertThat(cursor).matches("[A-Za-z0-9_-]+");
        assertThat(CLIENTS.after(cursor)).containsExactly(id);
        assertThat(new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8))
                .contains("clients");
    }
}
