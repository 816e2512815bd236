package io.coppice.observe;

import io.coppice.config.CoppiceConfig.AdminOpen;
import io.coppice.port.AdminRole;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
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
    CLUSTER(HttpMethod.GET, "/api/v1/cluster", AdminRole.VIEWER, null),
    WHOAMI(HttpMethod.GET, "/api/v1/whoami", AdminRole.VIEWER, null),
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
    private final AdminRole role;
    private final @Nullable AdminOpen open;

    AdminRoute(HttpMethod method, String path, AdminRole role, @Nullable AdminOpen open) {
        this.method = method;
        this.path = path;
        this.role = role;
        this.open = open;
    }

    /** The least that one must be. */
    AdminRole role() {
        return role;
    }

    /** By what name it can be opened to everybody; null for what never is. */
    @Nullable
    AdminOpen open() {
        return open;
    }

    /** Whether it is written down who asked: whatever changes something, and what tells secrets. */
    boolean audited() {
        return !method.equals(HttpMethod.GET) || role == AdminRole.ADMIN;
    }

    /** Whether a body may be of any length, as what reads it takes no more at a time than it can bear. */
    boolean endless() {
        return this == IMPORT;
    }

    /** Parameters of the query whose values are written down; of others the name is, since a value may be a secret. */
    Set<String> told() {
        return this == IMPORT ? Set.of("replace") : Set.of();
    }

    /** What is streamed is not asked for by its head. */
    List<HttpMethod> methods() {
        return method.equals(HttpMethod.GET) && this != EXPORT
                ? List.of(HttpMethod.GET, HttpMethod.HEAD)
                : List.of(method);
    }

    /** Whether a path is this one's, by whatever method. */
    boolean isAt(String normalizedPath) {
        return path.equals(ANY) ? NO_API.matcher(normalizedPath).matches() : path.equals(normalizedPath);
    }

    /** What fits this of the requests that a router gets. */
    Route on(Router router) {
        Route route = path.equals(ANY) ? router.routeWithRegex(NO_API.pattern()) : router.route(path);
        methods().forEach(route::method);
        return route;
    }
}
