package io.coppice.observe;

import io.coppice.config.CoppiceConfig.AdminOpen;
import io.coppice.observe.AdminCounts.Login;
import io.coppice.observe.AdminCounts.Refusal;
import io.coppice.port.AdminGate;
import io.coppice.port.AdminGate.Operator;
import io.coppice.port.AdminGate.Proof;
import io.coppice.port.AdminRole;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands before everything that the admin port answers: is the request for this node, who asks, may they, and did no page of
 * somebody else make them ask. What changes something, or tells secrets, is written down before it is done.
 */
final class AdminGuard {
    /**
     * By what it judges.
     *
     * @param open what needs nobody to be known
     * @param bodyBytesMax of a request
     * @param clock milliseconds since the epoch
     * @param node its name, for the audit
     */
    record Rules(
            AdminGate gate,
            CrossSite sites,
            Set<AdminOpen> open,
            WrongTries tries,
            Audit audit,
            AdminCounts counts,
            long bodyBytesMax,
            LongSupplier clock,
            String node) {}

    /** Scripts and styles from here only; connections also to MQTT, whose port is not this one; a worker of MQTT.js that keeps time in hidden tabs. */
    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                    + "connect-src 'self' ws: wss:; worker-src 'self' blob:; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String WHO = "who";
    private static final String REALM = "realm=\"coppice\"";
    private static final String PREFLIGHT_SECONDS = "600";
    private static final int REFUSALS_PER_SECOND = 1;
    private static final int REFUSALS_AT_ONCE = 100;
    private static final long SECOND_MILLIS = 1_000;

    private final Rules rules;
    private final Vertx vertx;
    private final AtomicLong requests = new AtomicLong();
    /** Of what strangers make be written, so that they cannot fill the files that others need. */
    private final LineQuota refusals;

    AdminGuard(Vertx vertx, Rules rules) {
        this.vertx = vertx;
        this.rules = rules;
        this.refusals = new LineQuota(REFUSALS_PER_SECOND, REFUSALS_AT_ONCE, rules.clock);
    }

    /**
     * Who asks.
     *
     * @throws IllegalStateException where nobody was asked to say so, since the route is open
     */
    static Operator who(RoutingContext ctx) {
        Operator who = ctx.get(WHO);
        if (who == null) {
            throw new IllegalStateException("nobody said who asks");
        }
        return who;
    }

    // --- what every answer says

    /** Says to a browser what it may do with the answer; answers what it asks beforehand. */
    void greet(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        HttpServerResponse response = ctx.response()
                .putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("X-Frame-Options", "DENY")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Resource-Policy", "same-origin")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .putHeader(HttpHeaders.VARY, "Origin");
        String origin = rules.sites.allowedOrigin(request);
        if (origin != null) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, "WWW-Authenticate, Retry-After, Allow");
        }
        boolean preflight = HttpMethod.OPTIONS.equals(request.method())
                && request.headers().contains(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD);
        if (!preflight) {
            ctx.next();
        } else if (origin == null) {
            rules.counts.refused(Refusal.SITE);
            Unread.answer(ctx, 403, "Not from there", "allowed: pages of the sites in admin.cors-origins");
        } else {
            // Nobody's password goes along: pages of other sites have to bring a token of their own.
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE")
                    .putHeader(
                            HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS,
                            "Authorization, Content-Type, " + CrossSite.REQUEST_HEADER)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS)
                    .setStatusCode(204)
                    .end();
        }
    }

    boolean isTooLong(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length != null && Long.parseLong(length) > rules.bodyBytesMax;
        } catch (NumberFormatException notANumber) {
            return true;
        }
    }

    // --- who asks

    /** Lets a request that is for nothing in the table pass to where it is told so, if whoever asks may read at all. */
    void admitStray(RoutingContext ctx) {
        admit(null, ctx);
    }

    /** Lets a request pass, or answers it. */
    void admit(@Nullable AdminRoute entry, RoutingContext ctx) {
        ctx.request().pause();
        if (entry != null && entry.open() != null && rules.open.contains(entry.open())) {
            pass(ctx);
        } else if (!rules.gate.hasUsers() && !rules.gate.hasTokens()) {
            neighbour(entry, ctx);
        } else {
            String misdirected = rules.sites.misdirected(ctx.request());
            if (!misdirected.isEmpty()) {
                rules.counts.refused(Refusal.HOST);
                Unread.answer(ctx, 421, "Not for this node", misdirected);
            } else if (entry != null && entry.isForStrangers()) {
                pass(ctx);
            } else {
                identify(entry, ctx);
            }
        }
    }

    /** Nobody has a password: whoever is on this machine may do everything, but for pages of others in a browser there. */
    private void neighbour(@Nullable AdminRoute entry, RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        boolean guarded = entry != null && entry.audited();
        if (guarded || !CrossSite.isFromHere(request.remoteAddress())) {
            String refusal = CrossSite.noNeighbour(request);
            if (!refusal.isEmpty()) {
                rules.counts.refused(Refusal.SITE);
                refused(entry, ctx, null, null, 403, refusal);
                // whatever it still sends is not heard
                Problem.answer(ctx, 403, "Not from here", refusal)
                        .onComplete(told -> request.connection().close());
                return;
            }
        }
        String misdirected = rules.sites.misdirected(request);
        if (!misdirected.isEmpty()) {
            rules.counts.refused(Refusal.HOST);
            Unread.answer(ctx, 421, "Not for this node", misdirected);
        } else {
            proceed(entry, ctx, Operator.LOOPBACK);
        }
    }

    private void identify(@Nullable AdminRoute entry, RoutingContext ctx) {
        Authorization shown = Authorization.of(ctx.request());
        String address = CallerAddress.key(ctx.request().remoteAddress());
        if (shown instanceof Authorization.None) {
            unknown(entry, ctx, null, "nobody is said to ask");
            return;
        }
        if (shown instanceof Authorization.Token token) {
            Operator who = rules.gate.token(token.token());
            // Nobody guesses one: it may pass also where somebody else at the same address tries passwords.
            if (who != null) {
                rules.counts.login(Login.SUCCESS);
                permit(entry, ctx, who);
                return;
            }
        }
        long now = rules.clock.getAsLong();
        long wait = rules.tries.waitMillis(address, now);
        if (wait > 0) {
            rules.counts.login(Login.BLOCKED);
            later(
                    ctx,
                    429,
                    wait,
                    "Too many wrong tries",
                    "from this address passwords and tokens were wrong too often");
        } else if (shown instanceof Authorization.Password password) {
            rules.tries.begin(address, now);
            check(entry, ctx, password, address);
        } else {
            rules.tries.wrong(address, now);
            rules.counts.login(Login.FAILURE);
            unknown(
                    entry,
                    ctx,
                    "",
                    "the token is wrong, or its time is over, or the header Authorization does not read");
        }
    }

    private void check(@Nullable AdminRoute entry, RoutingContext ctx, Authorization.Password shown, String address) {
        Context context = vertx.getOrCreateContext();
        rules.gate.password(
                shown.user(),
                shown.password(),
                verdict -> context.runOnContext(go -> {
                    rules.tries.over(address, verdict.result() == AdminGate.Result.WRONG, rules.clock.getAsLong());
                    if (ctx.response().closed()) {
                        return; // nobody is left to be answered, or to do anything for
                    }
                    Operator who = verdict.who();
                    switch (verdict.result()) {
                        case RIGHT -> {
                            rules.counts.login(Login.SUCCESS);
                            permit(entry, ctx, who == null ? impossible() : who);
                        }
                        case WRONG -> {
                            rules.counts.login(Login.FAILURE);
                            String claimed = rules.gate.knows(shown.user()) ? shown.user() : "";
                            unknown(entry, ctx, claimed, "the user or the password is wrong");
                        }
                        case BUSY -> {
                            rules.counts.login(Login.BUSY);
                            later(ctx, 503, SECOND_MILLIS, "Busy", "too many passwords are being checked");
                        }
                        case FAILED ->
                            Unread.answer(ctx, 503, "The password could not be checked", "the node's log says why");
                    }
                }));
    }

    private static Operator impossible() {
        throw new IllegalStateException("somebody is right, and nobody");
    }

    /** @param claimed user who exists and was said to ask; empty for another; null where nothing was shown */
    private void unknown(@Nullable AdminRoute entry, RoutingContext ctx, @Nullable String claimed, String why) {
        if (claimed != null || entry != null && entry.audited()) {
            refused(entry, ctx, null, claimed == null || claimed.isEmpty() ? null : claimed, 401, why);
        }
        if (rules.gate.hasUsers()) {
            ctx.response().headers().add("WWW-Authenticate", "Basic " + REALM + ", charset=\"UTF-8\"");
        }
        if (rules.gate.hasTokens()) {
            ctx.response().headers().add("WWW-Authenticate", "Bearer " + REALM);
        }
        String allowed = !rules.gate.hasUsers()
                ? "a token of admin.tokens-file"
                : "a user of admin.users-file with the password" + (rules.gate.hasTokens() ? ", or a token" : "");
        Unread.answer(ctx, 401, "Say who you are", why + "; allowed: " + allowed);
    }

    private static void later(RoutingContext ctx, int status, long millis, String title, String detail) {
        long seconds = (millis + SECOND_MILLIS - 1) / SECOND_MILLIS;
        ctx.response().putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        Unread.answer(ctx, status, title, detail + "; try again in " + seconds + " s");
    }

    // --- whether they may

    private void permit(@Nullable AdminRoute entry, RoutingContext ctx, Operator who) {
        AdminRole needed = entry == null ? AdminRole.VIEWER : entry.role();
        if (!who.role().includes(needed)) {
            String why = "this needs the role " + needed.word() + ", and yours is "
                    + who.role().word();
            rules.counts.refused(Refusal.ROLE);
            refused(entry, ctx, who, null, 403, why);
            Unread.answer(ctx, 403, "Not with this role", why);
            return;
        }
        boolean guarded = entry != null && entry.audited();
        String forged = guarded ? rules.sites.forged(ctx.request(), who.proof() == Proof.PASSWORD) : "";
        if (!forged.isEmpty()) {
            rules.counts.refused(Refusal.SITE);
            refused(entry, ctx, who, null, 403, forged);
            Unread.answer(ctx, 403, "Not from this page", forged);
            return;
        }
        proceed(entry, ctx, who);
    }

    private void proceed(@Nullable AdminRoute entry, RoutingContext ctx, Operator who) {
        ctx.put(WHO, who);
        if (entry == null || !entry.audited()) {
            pass(ctx);
            return;
        }
        AuditTrail trail = trail(entry, ctx);
        Context context = vertx.getOrCreateContext();
        ctx.addEndHandler(
                end -> trail.answered(ctx.response().getStatusCode(), end.succeeded() ? "" : "the connection broke"));
        trail.begun(ctx, who, onContext(context, fault -> {
            if (fault.isEmpty() && !ctx.response().closed()) {
                pass(ctx);
            } else if (fault.isEmpty()) {
                trail.ended(0, "the caller was gone before anything was done");
            } else {
                trail.drop();
                rules.counts.refused(Refusal.AUDIT);
                Unread.answer(
                        ctx, 503, "It cannot be written down", "nothing was done, since the audit fails: " + fault);
            }
        }));
    }

    private static Consumer<String> onContext(Context context, Consumer<String> then) {
        return fault -> context.runOnContext(go -> then.accept(fault));
    }

    private void refused(
            @Nullable AdminRoute entry,
            RoutingContext ctx,
            @Nullable Operator who,
            @Nullable String claimed,
            int status,
            String why) {
        LineQuota.Permit permit = refusals.ask();
        if (permit != null) {
            String more =
                    permit.leftOut() == 0 ? "" : " (and " + permit.leftOut() + " refusals before it were left out)";
            trail(entry, ctx).refused(who, claimed, status, why + more);
        }
    }

    private AuditTrail trail(@Nullable AdminRoute entry, RoutingContext ctx) {
        return new AuditTrail(
                rules.audit,
                rules.clock,
                rules.node,
                requests.incrementAndGet(),
                ctx.request(),
                entry == null ? Set.of() : entry.told());
    }

    private static void pass(RoutingContext ctx) {
        ctx.next();
        ctx.request().resume();
    }
}
