package io.coppice.observe;

import io.coppice.port.AdminGate.Operator;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is written down of one request: a line {@code begun} before anything is done and a line {@code ended} with what came of
 * it, or a single line {@code refused}. Of the loop of the request, but for {@link #ended}.
 */
final class AuditTrail {
    private static final String KEY = "audit-trail";
    /** Characters of anything that was sent. */
    private static final int TEXT_MAX = 256;

    private static final int PARAMETERS_MAX = 16;

    private final Audit audit;
    private final LongSupplier clock;
    private final JsonObject about;
    private boolean open;
    private boolean handed;

    /**
     * Nothing is written yet.
     *
     * @param id the same in all lines of the request
     * @param told parameters whose values are written
     */
    AuditTrail(Audit audit, LongSupplier clock, String node, long id, HttpServerRequest request, Set<String> told) {
        this.audit = audit;
        this.clock = clock;
        SocketAddress remote = request.remoteAddress();
        this.about = new JsonObject()
                .put("node", node)
                .put("request", id)
                .put("address", remote == null ? "unknown" : String.valueOf(remote.hostAddress()))
                .put("method", request.method().name())
                .put("path", shown(String.valueOf(request.path())));
        JsonObject query = query(request, told);
        if (!query.isEmpty()) {
            about.put("query", query);
        }
    }

    /** Values of parameters that are known to hold no secret. */
    private static JsonObject query(HttpServerRequest request, Set<String> told) {
        JsonObject query = new JsonObject();
        for (Map.Entry<String, String> parameter : new TreeMap<>(map(request)).entrySet()) {
            if (query.size() < PARAMETERS_MAX) {
                boolean isTold = told.contains(parameter.getKey());
                query.put(shown(parameter.getKey()), isTold ? shown(parameter.getValue()) : "…");
            }
        }
        return query;
    }

    private static Map<String, String> map(HttpServerRequest request) {
        Map<String, String> all = new TreeMap<>();
        request.params().forEach(all::put);
        return all;
    }

    private static String shown(String text) {
        return text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) + "…" : text;
    }

    /**
     * @param who null where nobody proved who they are
     * @param claimed name of a user that was said without the password; null for none
     */
    void refused(@Nullable Operator who, @Nullable String claimed, int status, String why) {
        JsonObject line = line("refused", who);
        if (claimed != null) {
            line.put("claimed", shown(claimed));
        }
        audit.note(line.put("status", status).put("why", shown(why)).encode());
    }

    /**
     * @param then as of {@link Audit#before}
     */
    void begun(RoutingContext ctx, Operator who, Consumer<String> then) {
        ctx.put(KEY, this);
        about.put("who", shown(who.name()))
                .put("proof", who.proof().name().toLowerCase(Locale.ROOT))
                .put("role", who.role().word());
        synchronized (this) {
            open = true;
        }
        audit.before(line("begun", null).encode(), then);
    }

    /**
     * The first time only. On any thread.
     *
     * @param why it did not come to a good end; empty where it did
     */
    synchronized void ended(int status, String why) {
        if (open) {
            open = false;
            JsonObject line = line("ended", null).put("status", status);
            audit.note((why.isEmpty() ? line : line.put("why", shown(why))).encode());
        }
    }

    /** Somebody else says how it ends, since the answer and its end are not one. */
    synchronized void hand() {
        handed = true;
    }

    /** The answer was sent, or will never be. */
    synchronized void answered(int status, String why) {
        if (!handed) {
            ended(status, why);
        }
    }

    /** Nothing was begun, after all. */
    synchronized void drop() {
        open = false;
    }

    private JsonObject line(String event, @Nullable Operator who) {
        JsonObject line = new JsonObject()
                .put("time", Instant.ofEpochMilli(clock.getAsLong()).toString())
                .put("event", event)
                .mergeIn(about);
        if (who != null) {
            line.put("who", shown(who.name()))
                    .put("proof", who.proof().name().toLowerCase(Locale.ROOT))
                    .put("role", who.role().word());
        }
        return line;
    }

    /** That of a request which is written down; null where it is not. */
    static @Nullable AuditTrail of(RoutingContext ctx) {
        return ctx.get(KEY);
    }
}
