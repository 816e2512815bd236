package io.coppice.observe;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Where the next page begins, as it goes out and comes back: opaque to those who carry it. */
final class Cursor {
    private static final String ALLOWED = "the nextCursor of a page of the same list";

    private Cursor() {}

    /** @param after what the last row of the page is ordered by */
    static String of(String list, JsonArray after) {
        JsonArray whole = new JsonArray().add(list);
        after.forEach(whole::add);
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(whole.encode().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * What it says; empty for the first page.
     *
     * @param parts that it has
     * @throws Refusal if it is none of that list
     */
    static JsonArray read(@Nullable String cursor, String list, int parts) {
        if (cursor == null) {
            return new JsonArray();
        }
        try {
            JsonArray whole = new JsonArray(new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8));
            boolean texts = whole.stream().allMatch(String.class::isInstance);
            if (texts && whole.size() == parts + 1 && list.equals(whole.getString(0))) {
                whole.remove(0);
                return whole;
            }
        } catch (IllegalArgumentException | DecodeException | ClassCastException foreign) {
            // as below
        }
        throw Refusal.wrong("query parameter cursor", "is none of this list", ALLOWED);
    }
}
