package io.coppice.observe;

import io.coppice.config.ConfigException;
import io.coppice.config.CoppiceConfig;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.NodeControl;
import io.coppice.port.NodeControl.Ban;
import io.coppice.port.NodeControl.BanKind;
import io.coppice.port.NodeStatus;
import io.coppice.port.NodeView;
import io.coppice.port.NodeView.Page;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Does what is asked of this one node, by itself or by another one, and answers in JSON. Any thread. */
final class NodeDesk {
    /** Subscriptions in the detail of one client; all of them come page by page elsewhere. */
    private static final int SUBSCRIPTIONS_MAX = 100;

    private static final Comparator<Ban> BANS =
            Comparator.comparing((Ban ban) -> ViewJson.word(ban.kind())).thenComparing(Ban::value);

    private final NodeSource node;

    NodeDesk(NodeSource node) {
        this.node = node;
    }

    /** Failed with a {@link Refusal} where it is not done. */
    Future<JsonObject> answer(Task task, JsonObject with) {
        try {
            return switch (task) {
                case NODE -> Future.succeededFuture(node());
                case FIGURES -> Future.succeededFuture(FiguresJson.of(node.status(), System.currentTimeMillis()));
                case CLIENTS -> clients(with);
                case CLIENT ->
                    DeskAnswers.found(then -> node.view().client(id(with), SUBSCRIPTIONS_MAX, then), ViewJson::detail);
                case QUEUE ->
                    DeskAnswers.found(
                            then -> node.view().queue(id(with), with.getInteger("limit"), then), ViewJson::queue);
                case SUBSCRIPTIONS -> subscriptions(with);
                case PUBLISHING ->
                    DeskAnswers.<NodeView.Publishing>found(
                            then -> node.view().publishing(id(with), TopicName.of(with.getString("topic")), then),
                            may -> new JsonObject()
                                    .put("qos", new JsonArray(may.qos()))
                                    .put("retained", new JsonArray(may.retained())));
                case BANS -> Future.succeededFuture(bans(with));
                case CONFIG ->
                    Future.succeededFuture(ConfigJson.of(node.configuration().settings()));
                case CHECK_CONFIG ->
                    node.orders().check(changes(with)).map(NodeDesk::right).recover(NodeDesk::faults);
                case CHANGE_CONFIG ->
                    node.orders()
                            .change(changes(with), with.getLong("at"), with.getString("by"))
                            .map(NodeDesk::right)
                            .recover(NodeDesk::faults);
                case ORDERS -> Future.succeededFuture(orders(with));
                case LOG_LEVELS -> Future.succeededFuture(logLevels());
                case DRAINING -> Future.succeededFuture(draining());
                case SHEDDING -> Future.succeededFuture(shedding());
                case SHED -> {
                    node.control().shed(with.getInteger("clients"), with.getInteger("rate"));
                    yield Future.succeededFuture(shedding());
                }
                case END_SHEDDING -> {
                    node.control().stopShedding();
                    yield Future.succeededFuture(shedding());
                }
                case KICK -> kick(with);
                case END_SESSION ->
                    DeskAnswers.<NodeControl.Verdict>of(then -> node.control().end(id(with), then))
                            .map(NodeDesk::verdict);
                case SUBSCRIBE -> subscribe(with);
                case UNSUBSCRIBE -> unsubscribe(with);
                case BAN -> ban(with);
                case UNBAN -> unban(with);
                case DRAIN -> {
                    node.control().drain();
                    yield Future.succeededFuture(draining());
                }
                case UNDRAIN -> {
                    node.control().undrain();
                    yield Future.succeededFuture(draining());
                }
                case TRACES -> Future.succeededFuture(node.traces().all());
                case TRACE_EVENTS ->
                    Future.succeededFuture(node.traces()
                            .events(with.getString("id"), with.getJsonObject("after"), with.getInteger("limit")));
                case FIND_MESSAGES ->
                    Future.succeededFuture(node.traces()
                            .find(
                                    with.getString("topic"),
                                    with.getString("publisher"),
                                    TracesApi.time(with),
                                    TracesApi.within(with)));
                case MESSAGE_WAYS -> Future.succeededFuture(node.traces().ways(with.getJsonArray("messages")));
                case TRACE -> Future.succeededFuture(node.traces().begin(with));
                case END_TRACE -> Future.succeededFuture(node.traces().end(with.getString("id")));
                case LOG_LEVEL -> {
                    logLevel(with.getString("part"), with.getString("level"));
                    yield Future.succeededFuture(logLevels());
                }
            };
        } catch (RuntimeException wrong) {
            return Future.failedFuture(wrong);
        }
    }

    private static String id(JsonObject with) {
        return with.getString("clientId");
    }

    // --- the node itself

    private JsonObject node() {
        NodeStatus status = node.status();
        NodeControl.Draining draining = node.control().draining();
        return new JsonObject()
                .put("node", node.self().name())
                .put("id", node.self().toString())
                .put("release", node.release())
                .put("startedAt", ViewJson.time(status.startedAt()))
                .put("ready", status.ready())
                .put("draining", draining.on())
                .put("storeRefusal", status.storeRefusal())
                .put("connections", status.connections())
                .put("sessions", status.sessions())
                .put("subscriptions", status.subscriptions())
                .put("topicFilters", status.topicFilters())
                .put("retainedMessages", status.retainedMessages())
                .put("retainedBytes", status.retainedBytes())
                .put("queuedMessages", status.queuedMessages())
                .put("queuedBytes", status.queuedBytes())
                .put("inFlightMessages", status.inFlightMessages())
                .put("messagesReceived", Totals.messagesReceived(status))
                .put("messagesSent", Totals.messagesSent(status))
                .put("messagesDropped", FiguresJson.dropped(status));
    }

    private JsonObject draining() {
        NodeControl.Draining draining = node.control().draining();
        return new JsonObject()
                .put("draining", draining.on())
                .put("since", draining.on() ? ViewJson.time(draining.since()) : null)
                .put("connectionsLeft", draining.connectionsLeft())
                .put("secondsLeft", draining.secondsLeft());
    }

    private JsonObject shedding() {
        NodeControl.Shedding shedding = node.control().shedding();
        return new JsonObject()
                .put("running", shedding.on())
                .put("connections", node.status().connections())
                .put("wanted", shedding.wanted())
                .put("moved", shedding.moved());
    }

    private JsonObject logLevels() {
        JsonArray levels = new JsonArray();
        node.logs()
                .levels()
                .forEach((part, level) -> levels.add(new JsonObject()
                        .put("part", part)
                        .put("level", level.name().toLowerCase(Locale.ROOT))));
        return new JsonObject().put("levels", levels);
    }

    private void logLevel(String part, String level) {
        if (level.equals("default")) {
            node.logs().putBack(part);
        } else {
            node.logs().set(part, CoppiceConfig.LogLevel.valueOf(level.toUpperCase(Locale.ROOT)));
        }
    }

    // --- looking

    private Future<JsonObject> clients(JsonObject with) {
        NodeView.ClientFilter filter = new NodeView.ClientFilter(
                with.getString("prefix", ""),
                with.getString("contains", ""),
                with.getString("user"),
                with.getString("address", ""),
                with.getBoolean("connected"));
        return DeskAnswers.<Page<NodeView.ClientEntry>>of(
                        then -> node.view().clients(filter, after(with, 0), with.getInteger("limit"), then))
                .map(page -> ViewJson.page(page, ViewJson::texts, ViewJson::client));
    }

    private static String after(JsonObject with, int place) {
        JsonArray after = with.getJsonArray("after", new JsonArray());
        return place < after.size() ? after.getString(place) : "";
    }

    private Future<JsonObject> subscriptions(JsonObject with) {
        String filter = with.getString("filter");
        String topic = with.getString("topic");
        NodeView.SubscriptionFilter wanted = new NodeView.SubscriptionFilter(
                with.getString("clientId"),
                filter == null ? null : TopicFilter.of(filter),
                topic == null ? null : TopicName.of(topic));
        return DeskAnswers.<Page<NodeView.Held>>of(then -> node.view()
                        .subscriptions(wanted, after(with, 0), after(with, 1), with.getInteger("limit"), then))
                .map(page -> ViewJson.page(page, ViewJson::texts, ViewJson::held));
    }

    // --- clients

    private static JsonObject verdict(NodeControl.Verdict verdict) {
        return new JsonObject().put("verdict", ViewJson.word(verdict));
    }

    private Future<JsonObject> kick(JsonObject with) {
        ReasonCode reason = ReasonCode.valueOf(
                with.getString("reason").toUpperCase(Locale.ROOT).replace('-', '_'));
        return DeskAnswers.<NodeControl.Verdict>of(then -> node.control().disconnect(id(with), reason, then))
                .map(NodeDesk::verdict);
    }

    private Future<JsonObject> subscribe(JsonObject with) {
        List<Packet.Request> requests = new ArrayList<>();
        int identifier = with.getInteger("identifier", 0);
        for (Object each : with.getJsonArray("subscriptions")) {
            JsonObject one = (JsonObject) each;
            requests.add(new Packet.Request(
                    one.getString("filter"),
                    new SubscriptionOptions(
                            Qos.of(one.getInteger("qos", 0)),
                            one.getBoolean("noLocal", false),
                            one.getBoolean("retainAsPublished", false),
                            RetainHandling.values()[one.getInteger("retainHandling", 0)])));
        }
        return DeskAnswers.<NodeControl.Answer>of(
                        then -> node.control().subscribe(id(with), requests, identifier, then))
                .map(NodeDesk::reasons);
    }

    private Future<JsonObject> unsubscribe(JsonObject with) {
        List<String> filters = List.of(with.getString("filter"));
        return DeskAnswers.<NodeControl.Answer>of(then -> node.control().unsubscribe(id(with), filters, then))
                .map(NodeDesk::reasons);
    }

    private static JsonObject reasons(NodeControl.Answer answer) {
        JsonArray reasons = new JsonArray();
        answer.reasons()
                .forEach(reason -> reasons.add(new JsonObject()
                        .put("code", reason.code())
                        .put("reason", ViewJson.word(reason))
                        .put("granted", !reason.isError() && reason != ReasonCode.NO_SUBSCRIPTION_EXISTED)));
        return verdict(answer.verdict()).put("reasons", reasons);
    }

    // --- bans

    private JsonObject bans(JsonObject with) {
        String afterKind = after(with, 0);
        String afterValue = after(with, 1);
        int limit = with.getInteger("limit");
        List<Ban> all = new ArrayList<>(node.control().bans());
        all.removeIf(ban -> {
            int order = ViewJson.word(ban.kind()).compareTo(afterKind);
            return order < 0 || order == 0 && ban.value().compareTo(afterValue) <= 0;
        });
        all.sort(BANS);
        Page<Ban> page = new Page<>(all.subList(0, Math.min(limit, all.size())), all.size() > limit);
        return ViewJson.page(page, ban -> ban.value().length() + ban.reason().length(), NodeDesk::ban);
    }

    private static JsonObject ban(Ban ban) {
        return new JsonObject()
                .put("kind", ViewJson.word(ban.kind()))
                .put("value", ban.value())
                .put("until", ViewJson.time(ban.until()))
                .put("reason", ban.reason())
                .put("by", ban.by().isEmpty() ? null : ban.by())
                .put("automatic", ban.by().isEmpty());
    }

    static BanKind kind(String word) {
        return BanKind.valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private Future<JsonObject> ban(JsonObject with) {
        Ban ban = new Ban(
                kind(with.getString("kind")),
                with.getString("value"),
                with.getLong("until"),
                with.getString("reason", ""),
                with.getString("by"));
        if (!node.orders().hasRoom()) {
            return Future.failedFuture(full());
        }
        Order order =
                new Order(Order.Kind.BAN, name(ban.kind(), ban.value()), ban.reason(), at(with), ban.until(), ban.by());
        return DeskAnswers.<Integer>of(then -> node.control().ban(ban, then)).compose(ended -> {
            JsonObject told = ban(ban).put("connectionsEnded", ended);
            return ended < 0
                    ? Future.failedFuture(full())
                    : node.orders().note(order).map(noted -> told);
        });
    }

    private static Refusal full() {
        return new Refusal(409, "No room for one more", "as many are banned as limits.door-entries-max allows");
    }

    private String name(BanKind kind, String value) {
        return ViewJson.word(kind) + " " + node.control().known(kind, value);
    }

    /** When it was ordered; a node of an older release does not say. */
    private static long at(JsonObject with) {
        return with.getLong("at", System.currentTimeMillis());
    }

    private Future<JsonObject> unban(JsonObject with) {
        BanKind kind = kind(with.getString("kind"));
        String value = with.getString("value");
        boolean ended = node.control().unban(kind, value);
        return node.orders()
                .pardon(name(kind, value), at(with), with.getString("by"))
                .map(noted -> new JsonObject().put("ended", ended));
    }

    // --- what lasts

    private static Map<String, @Nullable String> changes(JsonObject with) {
        Map<String, @Nullable String> changes = new TreeMap<>();
        with.getJsonObject("keys").forEach(key -> changes.put(key.getKey(), (String) key.getValue()));
        return changes;
    }

    private static JsonObject right(@Nullable Void done) {
        return new JsonObject();
    }

    private static Future<JsonObject> faults(Throwable fault) {
        return fault instanceof ConfigException wrong
                ? Future.succeededFuture(new JsonObject().put("faults", new JsonArray(wrong.faults())))
                : Future.failedFuture(fault);
    }

    private JsonObject orders(JsonObject with) {
        return node.orders().sum().equals(with.getString("sum"))
                ? new JsonObject()
                : node.orders().page(with.getString("after", ""));
    }

    /** Answers that come by way of a callback. */
    private static final class DeskAnswers {
        static <T> Future<T> of(Consumer<Consumer<T>> asking) {
            Promise<T> promise = Promise.promise();
            asking.accept(promise::tryComplete);
            return promise.future();
        }

        /** @param told of what was found; there is nothing to be told of null */
        static <T> Future<JsonObject> found(
                Consumer<Consumer<@Nullable T>> asking, java.util.function.Function<T, JsonObject> told) {
            Promise<JsonObject> promise = Promise.promise();
            asking.accept(found -> promise.tryComplete(
                    found == null ? new JsonObject() : new JsonObject().put("found", told.apply(found))));
            return promise.future();
        }
    }
}
