package io.coppice.observe;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.NodeControl;
import io.coppice.port.NodeView.Page;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/publish} and {@code /api/v1/retained}. Every node has all that is retained, so nobody else is asked. */
final class MessagesApi {
    private static final Merge TOPICS = new Merge("retained", List.of("topic"));
    private static final long MILLIS_MAX = 30_000;
    private static final long SECOND_MILLIS = 1_000;

    private MessagesApi() {}

    /** @throws Refusal where it is none; null stays null */
    static @Nullable TopicFilter filter(@Nullable String text, String where) {
        try {
            return text == null ? null : TopicFilter.of(text);
        } catch (ProtocolError wrong) {
            throw Refusal.wrong(where, wrong.detail(), "a topic filter");
        }
    }

    /** As above, of a topic. */
    static TopicName topic(@Nullable String text, String where) {
        try {
            return TopicName.of(text == null ? "absent" : text);
        } catch (ProtocolError wrong) {
            throw Refusal.wrong(where, wrong.detail(), "a topic name");
        }
    }

    // --- what is retained

    static Future<JsonObject> retained(ApiCall call) {
        String prefix = call.asked().textOrNull("prefix");
        String given = call.asked().textOrNull("filter");
        TopicFilter filter = filter(given == null ? narrowest(prefix) : given, "query parameter filter");
        JsonArray after = TOPICS.after(call.asked().textOrNull("cursor"));
        String behind = call.asked().textOrNull("after");
        int limit = call.asked().number("limit");
        Promise<Page<Message>> promise = Promise.promise();
        call.fleet()
                .source()
                .view()
                .retained(
                        filter == null ? TopicFilter.of("#") : filter,
                        prefix == null ? "" : prefix,
                        after.isEmpty() ? (behind == null ? "" : behind) : after.getString(0),
                        limit,
                        promise::tryComplete);
        return here(promise.future()).map(page -> page(call, page, limit));
    }

    private static <T> Future<T> here(Future<T> future) {
        return future.timeout(MILLIS_MAX, TimeUnit.MILLISECONDS).recover(fault -> {
            return fault instanceof TimeoutException
                    ? Future.failedFuture(new Refusal(
                            504, "It takes too long", "it was not done in " + MILLIS_MAX + " ms, and may be done yet"))
                    : Future.failedFuture(fault);
        });
    }

    /** Looks below the last whole level of the prefix only. */
    private static String narrowest(@Nullable String prefix) {
        int slash = prefix == null ? -1 : prefix.lastIndexOf('/');
        if (prefix == null || slash < 0) {
            return "#";
        }
        return prefix.indexOf('+') >= 0 || prefix.indexOf('#') >= 0 ? "#" : prefix.substring(0, slash) + "/#";
    }

    private static JsonObject page(ApiCall call, Page<Message> page, int limit) {
        JsonObject rows = ViewJson.page(
                page,
                message ->
                        message.topic().value().length() + message.publisher().length(),
                message -> MessageJson.brief(message)
                        .put("contentType", message.properties().text(Property.CONTENT_TYPE)));
        String self = call.fleet().source().self().name();
        return TOPICS.page(new Fleet.Answers(java.util.Map.of(self, rows), new JsonArray()), limit);
    }

    static Future<JsonObject> message(ApiCall call) {
        TopicName topic = topic(call.asked().text("topic"), "path parameter topic");
        Message message = call.fleet().source().view().retained(topic);
        if (message == null) {
            throw new Refusal(404, "Nothing is here", "nothing is retained for topic " + topic);
        }
        return Future.succeededFuture(MessageJson.whole(message));
    }

    static Future<JsonObject> clear(ApiCall call) {
        TopicName topic = topic(call.asked().text("topic"), "path parameter topic");
        if (call.fleet().source().view().retained(topic) == null) {
            throw new Refusal(404, "Nothing is here", "nothing is retained for topic " + topic);
        }
        return purge(call, TopicFilter.of(topic.value()), 1, false);
    }

    static Future<JsonObject> purge(ApiCall call) {
        TopicFilter filter = filter(call.asked().text("filter"), "query parameter filter");
        if (filter == null || filter.isShared()) {
            throw Refusal.wrong("query parameter filter", "is that of a shared subscription", "a topic filter");
        }
        return purge(call, filter, call.asked().number("limit"), call.asked().flag("dryRun"));
    }

    private static Future<JsonObject> purge(ApiCall call, TopicFilter filter, int limit, boolean dry) {
        Promise<NodeControl.Purged> promise = Promise.promise();
        call.fleet().source().control().purge(filter, limit, dry, promise::tryComplete);
        return here(promise.future()).map(purged -> {
            if (!purged.refusal().isEmpty()) {
                throw new Refusal(503, "Nothing can be published", purged.refusal());
            }
            JsonArray topics = new JsonArray();
            long bytes = 0;
            for (String topic : purged.topics()) {
                bytes += topic.length();
                if (bytes > Fleet.ANSWER_BYTES_MAX) {
                    break;
                }
                topics.add(topic);
            }
            return new JsonObject()
                    .put("dryRun", dry)
                    .put("topics", topics)
                    .put("count", purged.topics().size())
                    .put("matching", purged.matching())
                    .put("failed", purged.failed())
                    .put("more", purged.more());
        });
    }

    // --- publish

    static Future<JsonObject> publish(ApiCall call) {
        Message message = message(call.asked().body(), System.currentTimeMillis());
        Promise<NodeControl.Published> promise = Promise.promise();
        call.fleet().source().control().publish(message, promise::tryComplete);
        return here(promise.future()).map(published -> {
            if (!published.refusal().isEmpty()) {
                throw new Refusal(503, "It was not published", published.refusal());
            }
            return new JsonObject()
                    .put("topic", message.topic().value())
                    .put("matched", published.matched())
                    .put("safe", published.safe())
                    .put("rejected", published.rejected());
        });
    }

    private static Message message(JsonObject body, long now) {
        TopicName topic = topic(body.getString("topic"), "body /topic");
        if (topic.isSystem()) {
            throw Refusal.wrong("body /topic", "is the broker's own", "topics that do not begin with $");
        }
        Properties.Builder properties = Properties.builder();
        JsonObject given = body.getJsonObject("properties", new JsonObject());
        properties(given, properties);
        Integer expiry = given.getInteger("messageExpirySeconds");
        return new Message(
                topic,
                payload(body),
                Qos.of(body.getInteger("qos", 0)),
                body.getBoolean("retain", false),
                properties.build(),
                expiry == null ? Message.NEVER : now + expiry * SECOND_MILLIS,
                Publisher.node(NodeControl.PUBLISHER));
    }

    private static byte[] payload(JsonObject body) {
        String text = body.getString("payload");
        String encoded = body.getString("payloadBase64");
        if (text != null && encoded != null) {
            throw Refusal.wrong("body", "has two payloads", "payload (text) or payloadBase64");
        }
        return encoded == null
                ? (text == null ? "" : text).getBytes(StandardCharsets.UTF_8)
                : decoded(encoded, "body /payloadBase64");
    }

    private static byte[] decoded(String text, String where) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException wrong) {
            throw Refusal.wrong(where, "is not Base64", "Base64 with padding (RFC 4648, 4)");
        }
    }

    private static void properties(JsonObject given, Properties.Builder properties) {
        if (given.containsKey("payloadFormatIndicator")) {
            properties.number(Property.PAYLOAD_FORMAT_INDICATOR, given.getInteger("payloadFormatIndicator"));
        }
        if (given.containsKey("contentType")) {
            properties.text(Property.CONTENT_TYPE, given.getString("contentType"));
        }
        if (given.containsKey("responseTopic")) {
            TopicName response = topic(given.getString("responseTopic"), "body /properties/responseTopic");
            properties.text(Property.RESPONSE_TOPIC, response.value());
        }
        if (given.containsKey("correlationDataBase64")) {
            properties.binary(
                    Property.CORRELATION_DATA,
                    decoded(given.getString("correlationDataBase64"), "body /properties/correlationDataBase64"));
        }
        for (Object each : given.getJsonArray("userProperties", new JsonArray())) {
            JsonObject one = (JsonObject) each;
            properties.user(one.getString("name"), one.getString("value"));
        }
    }
}
