package io.coppice.observe;

import io.coppice.config.CoppiceConfig.AdminOpen;
import io.coppice.port.AdminRole;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the admin port answers, and who may ask for it: the table that {@link AdminRouter} holds every request
 * against. What is not in it is not answered.
 */
enum AdminRoute {
    METRICS(HttpMethod.GET, "/metrics", AdminRole.VIEWER, AdminOpen.METRICS),
    STARTUP(HttpMethod.GET, "/health/startup", AdminRole.VIEWER, AdminOpen.HEALTH),
    LIVE(HttpMethod.GET, "/health/live", AdminRole.VIEWER, AdminOpen.HEALTH),
    READY(HttpMethod.GET, "/health/ready", AdminRole.VIEWER, AdminOpen.HEALTH),
    OPENAPI(HttpMethod.GET, "/api/v1/openapi.json", AdminRole.VIEWER, null),
    CLUSTER(HttpMethod.GET, "/api/v1/cluster", AdminRole.VIEWER, null),
    WHOAMI(HttpMethod.GET, "/api/v1/whoami", AdminRole.VIEWER, null),
    CLUSTER_SIZE(HttpMethod.GET, "/api/v1/cluster/expected-size", AdminRole.VIEWER, null),
    /** On it depends which side of a split goes on. */
    RESIZE(HttpMethod.PUT, "/api/v1/cluster/expected-size", AdminRole.ADMIN, null),
    NODES(HttpMethod.GET, "/api/v1/nodes", AdminRole.VIEWER, null),
    FIGURES(HttpMethod.GET, "/api/v1/figures", AdminRole.VIEWER, null),
    DRAINING(HttpMethod.GET, "/api/v1/nodes/{node}/drain", AdminRole.VIEWER, null),
    DRAIN(HttpMethod.POST, "/api/v1/nodes/{node}/drain", AdminRole.OPERATOR, null),
    UNDRAIN(HttpMethod.DELETE, "/api/v1/nodes/{node}/drain", AdminRole.OPERATOR, null),
    REBALANCING(HttpMethod.GET, "/api/v1/rebalance", AdminRole.VIEWER, null),
    REBALANCE(HttpMethod.POST, "/api/v1/rebalance", AdminRole.OPERATOR, null),
    END_REBALANCE(HttpMethod.DELETE, "/api/v1/rebalance", AdminRole.OPERATOR, null),
    CLIENTS(HttpMethod.GET, "/api/v1/clients", AdminRole.VIEWER, null),
    CLIENT(HttpMethod.GET, "/api/v1/clients/{clientId}", AdminRole.VIEWER, null),
    /** What it had waiting is lost with it. */
    END_SESSION(HttpMethod.DELETE, "/api/v1/clients/{clientId}", AdminRole.ADMIN, null),
    /** With the beginnings of messages, which are secrets of clients. */
    QUEUE(HttpMethod.GET, "/api/v1/clients/{clientId}/queue", AdminRole.OPERATOR, null),
    KICK(HttpMethod.DELETE, "/api/v1/clients/{clientId}/connection", AdminRole.OPERATOR, null),
    SUBSCRIBE(HttpMethod.POST, "/api/v1/clients/{clientId}/subscriptions", AdminRole.OPERATOR, null),
    UNSUBSCRIBE(HttpMethod.DELETE, "/api/v1/clients/{clientId}/subscriptions", AdminRole.OPERATOR, null),
    SUBSCRIPTIONS(HttpMethod.GET, "/api/v1/subscriptions", AdminRole.VIEWER, null),
    EXPLAIN(HttpMethod.GET, "/api/v1/explain", AdminRole.VIEWER, null),
    RETAINED(HttpMethod.GET, "/api/v1/retained", AdminRole.VIEWER, null),
    PURGE_RETAINED(HttpMethod.DELETE, "/api/v1/retained", AdminRole.ADMIN, null),
    RETAINED_MESSAGE(HttpMethod.GET, "/api/v1/retained/{topic}", AdminRole.OPERATOR, null),
    CLEAR_RETAINED(HttpMethod.DELETE, "/api/v1/retained/{topic}", AdminRole.ADMIN, null),
    PUBLISH(HttpMethod.POST, "/api/v1/publish", AdminRole.OPERATOR, null),
    BANS(HttpMethod.GET, "/api/v1/bans", AdminRole.VIEWER, null),
    BAN(HttpMethod.POST, "/api/v1/bans", AdminRole.OPERATOR, null),
    UNBAN(HttpMethod.DELETE, "/api/v1/bans/{kind}/{value}", AdminRole.OPERATOR, null),
    TRACES(HttpMethod.GET, "/api/v1/traces", AdminRole.VIEWER, null),
    /** What is followed costs the node something. */
    TRACE(HttpMethod.POST, "/api/v1/traces", AdminRole.OPERATOR, null),
    TRACE_DETAIL(HttpMethod.GET, "/api/v1/traces/{id}", AdminRole.VIEWER, null),
    END_TRACE(HttpMethod.DELETE, "/api/v1/traces/{id}", AdminRole.OPERATOR, null),
    TRACE_EVENTS(HttpMethod.GET, "/api/v1/traces/{id}/events", AdminRole.VIEWER, null),
    MESSAGES(HttpMethod.GET, "/api/v1/messages", AdminRole.VIEWER, null),
    CONFIG(HttpMethod.GET, "/api/v1/config", AdminRole.VIEWER, null),
    /** Limits are what keeps clients from each other. */
    CHANGE_CONFIG(HttpMethod.PATCH, "/api/v1/config", AdminRole.ADMIN, null),
    LOG_LEVELS(HttpMethod.GET, "/api/v1/log-levels", AdminRole.VIEWER, null),
    LOG_LEVEL(HttpMethod.PUT, "/api/v1/log-levels/{part}", AdminRole.OPERATOR, null),
    /** All sessions and messages, which are secrets of clients. */
    EXPORT(HttpMethod.GET, "/api/v1/export", AdminRole.ADMIN, null),
    IMPORT(HttpMethod.POST, "/api/v1/import", AdminRole.ADMIN, null),
    PAGE_SETTINGS(HttpMethod.GET, "/examples/settings.json", AdminRole.VIEWER, null),
    PAGES(HttpMethod.GET, "/*", AdminRole.VIEWER, null);

    private static final String ANY = "/*";
    /** Below which are no pages. */
    private static final Pattern NO_API = Pattern.compile("(?!/api(/|$)).*");

    private final HttpMethod method;
    private final String path;
    /** Whose paths are its own. */
    private final Pattern pattern;

    private final AdminRole role;
    private final @Nullable AdminOpen open;

    AdminRoute(HttpMethod method, String path, AdminRole role, @Nullable AdminOpen open) {
        this.method = method;
        this.path = path;
        this.pattern = Pattern.compile(Arrays.stream(path.split("/", -1))
                .map(step -> step.startsWith("{") ? "[^/]+" : Pattern.quote(step))
                .collect(Collectors.joining("/")));
        this.role = role;
        this.open = open;
    }

    /** The least that one must be. */
    AdminRole role() {
        return role;
    }

    /** What the document of the API calls it. */
    String operation() {
        StringBuilder name = new StringBuilder();
        for (String word : name().toLowerCase(Locale.ROOT).split("_", -1)) {
            name.append(name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return name.toString();
    }

    HttpMethod method() {
        return method;
    }

    /** With names in braces where anything may stand that is one step of a path. */
    String path() {
        return path;
    }

    /** Whether requests are held against the document: those of people's tools, and not of those who probe and scrape. */
    boolean isOfApi() {
        return path.startsWith("/api/");
    }

    /** By what name it can be opened to everybody; null for what never is. */
    @Nullable
    AdminOpen open() {
        return open;
    }

    /** Whether it is written down who asked: whatever changes something, and what tells secrets. */
    boolean audited() {
        return !method.equals(HttpMethod.GET) || role != AdminRole.VIEWER;
    }

    /**
     * Whether it is the same for everybody and tells nothing of the node: pages, of which one asks who somebody is. A
     * stranger finds the same files in what is published of Coppice.
     */
    boolean isForStrangers() {
        return this == PAGES;
    }

    /** Whether a body may be of any length, as what reads it takes no more at a time than it can bear. */
    boolean endless() {
        return this == IMPORT;
    }

    /** Parameters of the query whose values are written down; of others the name is, since a value may be a secret. */
    Set<String> told() {
        return switch (this) {
            case IMPORT -> Set.of("replace");
            case KICK -> Set.of("reason");
            case UNSUBSCRIBE -> Set.of("filter");
            case PURGE_RETAINED -> Set.of("filter", "dryRun", "limit");
            case QUEUE -> Set.of("limit");
            case LOG_LEVEL -> Set.of("node");
            default -> Set.of();
        };
    }

    /** What is streamed is not asked for by its head. */
    List<HttpMethod> methods() {
        return method.equals(HttpMethod.GET) && this != EXPORT
                ? List.of(HttpMethod.GET, HttpMethod.HEAD)
                : List.of(method);
    }

    /** Whether a path is this one's, by whatever method. */
    boolean isAt(String normalizedPath) {
        return path.equals(ANY)
                ? NO_API.matcher(normalizedPath).matches()
                : pattern.matcher(normalizedPath).matches();
    }

    /** What fits this of the requests that a router gets. */
    Route on(Router router) {
        Route route = path.equals(ANY)
                ? router.routeWithRegex(NO_API.pattern())
                : router.route(path.replace("{", ":").replace("}", ""));
        methods().forEach(route::method);
        return route;
    }
}
