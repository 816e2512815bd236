package io.coppice.observe;

import io.coppice.mqtt.Subscription;
import io.coppice.port.NodeView.ClientEntry;
import io.coppice.port.NodeView.Detail;
import io.coppice.port.NodeView.Held;
import io.coppice.port.NodeView.Link;
import io.coppice.port.NodeView.Page;
import io.coppice.port.NodeView.Queue;
import io.coppice.session.Outgoing;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/** What a node tells of itself, as JSON. */
final class ViewJson {
    /** Of one page of one node, about; the rest of it is on the next one. */
    private static final int PAGE_BYTES_MAX = 512 << 10;
    /** What a row has besides the texts that others have chosen. */
    private static final int ROW_BYTES = 400;

    private static final long NEVER = 0xFFFF_FFFFL;

    private ViewJson() {}

    static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    /**
     * A page as far as it is not too long.
     *
     * @param texts characters of an item that others have chosen
     */
    static <T> JsonObject page(Page<T> page, ToIntFunction<T> texts, Function<T, JsonObject> told) {
        JsonArray items = new JsonArray();
        long bytes = 0;
        boolean more = page.more();
        for (T item : page.items()) {
            bytes += ROW_BYTES + texts.applyAsInt(item);
            if (bytes > PAGE_BYTES_MAX && !items.isEmpty()) {
                more = true;
                break;
            }
            items.add(told.apply(item));
        }
        return new JsonObject().put("items", items).put("more", more);
    }

    static int texts(ClientEntry client) {
        String user = client.user();
        return client.clientId().length() + (user == null ? 0 : user.length());
    }

    static JsonObject client(ClientEntry client) {
        Link link = client.connection();
        long expiry = client.sessionExpiry();
        return new JsonObject()
                .put("clientId", client.clientId())
                .put("connected", link != null)
                .put("user", client.user())
                .put("address", link == null ? null : link.address())
                .put("listener", link == null ? null : link.listener())
                .put("protocol", link == null ? null : link.protocol())
                .put("keepAliveSeconds", link == null ? null : link.keepAlive())
                .put("connectedAt", link == null ? null : time(link.since()))
                .put("disconnectedAt", client.parkedAt() < 0 ? null : time(client.parkedAt()))
                .put("sessionExpirySeconds", expiry == NEVER ? null : expiry)
                .put("subscriptions", client.subscriptions())
                .put("inFlight", client.inFlight())
                .put("queuedMessages", client.queued())
                .put("queuedBytes", client.queuedBytes())
                .put("queuedInStore", client.queuedInStore())
                .put("loop", client.loop());
    }

    static JsonObject detail(Detail detail) {
        JsonArray held = new JsonArray();
        detail.held().forEach(each -> held.add(subscription(each)));
        var will = detail.willTopic();
        return client(detail.client())
                .put("willTopic", will == null ? null : will.value())
                .put("subscriptionList", held);
    }

    static JsonObject queue(Queue queue) {
        return new JsonObject()
                .put("clientId", queue.client().clientId())
                .put("inFlight", queue.client().inFlight())
                .put("queuedMessages", queue.client().queued())
                .put("queuedBytes", queue.client().queuedBytes())
                .put("queuedInStore", queue.client().queuedInStore())
                .put("inFlightHead", messages(queue.inFlight()))
                .put("queueHead", messages(queue.head()));
    }

    private static JsonArray messages(List<Outgoing> all) {
        JsonArray json = new JsonArray();
        for (Outgoing each : all) {
            var share = each.share();
            JsonObject message = MessageJson.preview(each.message())
                    .put("qos", each.qos().code())
                    .put("share", share == null ? null : share.value());
            if (each.packetId() != 0) {
                message.put("packetId", each.packetId()).put("received", each.received());
            }
            json.add(message);
        }
        return json;
    }

    static JsonObject subscription(Subscription subscription) {
        JsonObject json = new JsonObject()
                .put("filter", subscription.filter().value())
                .put("qos", subscription.options().maximumQos().code())
                .put("noLocal", subscription.options().noLocal())
                .put("retainAsPublished", subscription.options().retainAsPublished())
                .put("retainHandling", subscription.options().retainHandling().ordinal())
                .put("share", subscription.filter().shareName());
        return subscription.identifier() == 0 ? json : json.put("identifier", subscription.identifier());
    }

    static JsonObject held(Held held) {
        return subscription(held.subscription())
                .put("clientId", held.clientId())
                .put("connected", held.connected())
                .put("mayReceive", held.mayReceive());
    }

    static int texts(Held held) {
        return held.clientId().length() + held.subscription().filter().value().length();
    }

    /** A constant as it stands in JSON. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
