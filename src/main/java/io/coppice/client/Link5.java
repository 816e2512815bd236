package io.coppice.client;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserPropertiesBuilder;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5SimpleAuth;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5ConnectBuilder;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PayloadFormatIndicator;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5RetainHandling;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscription;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.suback.Mqtt5SubAckReasonCode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A link in MQTT 5. */
final class Link5 implements Link {
    private final Mqtt5AsyncClient client;
    private final Mqtt5Connect connect;

    Link5(Login login, Mqtt5AsyncClient client) {
        this.client = client;
        this.connect = connect(login);
    }

    private static Mqtt5Connect connect(Login login) {
        Mqtt5ConnectBuilder connect = Mqtt5Connect.builder()
                .keepAlive(login.keepAliveSeconds())
                .cleanStart(login.cleanStart())
                .sessionExpiryInterval(login.sessionExpirySeconds());
        String user = login.user();
        byte[] password = login.password();
        if (user != null && password != null) {
            connect = connect.simpleAuth(
                    Mqtt5SimpleAuth.builder().username(user).password(password).build());
        } else if (user != null) {
            connect =
                    connect.simpleAuth(Mqtt5SimpleAuth.builder().username(user).build());
        } else if (password != null) {
            connect = connect.simpleAuth(
                    Mqtt5SimpleAuth.builder().password(password).build());
        }
        Outgoing will = login.will();
        if (will == null) {
            return connect.build();
        }
        Long delay = will.extras().willDelaySeconds();
        return connect.willPublish(packet(will)
                        .asWill()
                        .extendAsWill()
                        .delayInterval(delay == null ? 0 : delay)
                        .build())
                .build();
    }

    private static Mqtt5Publish packet(Outgoing message) {
        Outgoing.Extras extras = message.extras();
        var publish = Mqtt5Publish.builder()
                .topic(message.topic())
                .qos(Link.qos(message.qos()))
                .payload(message.payload())
                .retain(message.retain())
                .userProperties(properties(extras.userProperties()))
                .contentType(extras.contentType())
                .responseTopic(extras.responseTopic());
        String correlation = extras.correlationData();
        if (correlation != null) {
            publish = publish.correlationData(correlation.getBytes(StandardCharsets.UTF_8));
        }
        Long expiry = extras.expirySeconds();
        if (expiry != null) {
            publish = publish.messageExpiryInterval(expiry);
        }
        if (extras.utf8()) {
            publish = publish.payloadFormatIndicator(Mqtt5PayloadFormatIndicator.UTF_8);
        }
        return publish.build();
    }

    private static Mqtt5UserProperties properties(List<Map.Entry<String, String>> pairs) {
        Mqtt5UserPropertiesBuilder properties = Mqtt5UserProperties.builder();
        for (Map.Entry<String, String> pair : pairs) {
            properties = properties.add(pair.getKey(), pair.getValue());
        }
        return properties.build();
    }

    @Override
    public void deliver(Consumer<Arrived> to, Executor executor) {
        client.publishes(MqttGlobalPublishFilter.ALL, publish -> to.accept(arrived(publish)), executor, true);
    }

    private static Arrived arrived(Mqtt5Publish publish) {
        return new Arrived(
                publish.getTopic().toString(),
                publish.getPayloadAsBytes(),
                publish.getQos().getCode(),
                publish.isRetain(),
                publish.getUserProperties().asList().stream()
                        .map(pair -> Map.entry(
                                pair.getName().toString(), pair.getValue().toString()))
                        .toList(),
                publish.getContentType().map(Object::toString).orElse(null),
                publish.getMessageExpiryInterval().isPresent()
                        ? (Long) publish.getMessageExpiryInterval().getAsLong()
                        : null,
                publish.getResponseTopic().map(Object::toString).orElse(null),
                publish.getCorrelationData().map(Link5::bytes).orElse(null),
                publish.getPayloadFormatIndicator()
                        .map(Mqtt5PayloadFormatIndicator::getCode)
                        .orElse(null),
                publish::acknowledge);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    @Override
    public CompletableFuture<Void> connect() {
        return client.connect(connect).thenAccept(answer -> {});
    }

    @Override
    public CompletableFuture<List<String>> subscribe(List<String> filters, Wanted wanted) {
        List<Mqtt5Subscription> subscriptions = new ArrayList<>();
        for (String filter : filters) {
            subscriptions.add(Mqtt5Subscription.builder()
                    .topicFilter(filter)
                    .qos(Link.qos(wanted.qos()))
                    .noLocal(wanted.noLocal())
                    .retainAsPublished(wanted.retainAsPublished())
                    .retainHandling(handling(wanted.retainHandling()))
                    .build());
        }
        Mqtt5Subscribe subscribe =
                Mqtt5Subscribe.builder().addSubscriptions(subscriptions).build();
        return client.subscribe(subscribe)
                .handle((answer, failure) ->
                        refused(filters, failure == null ? answer.getReasonCodes() : codes(failure)));
    }

    private static Mqtt5RetainHandling handling(int code) {
        Mqtt5RetainHandling known = Mqtt5RetainHandling.fromCode(code);
        if (known == null) {
            throw new IllegalArgumentException("retain handling " + code + " is not allowed; allowed: 0, 1 or 2");
        }
        return known;
    }

    private static List<Mqtt5SubAckReasonCode> codes(Throwable failure) {
        Throwable cause = Fault.cause(failure);
        if (cause instanceof Mqtt5SubAckException refused) {
            return refused.getMqttMessage().getReasonCodes();
        }
        throw new CompletionException(cause);
    }

    private static List<String> refused(List<String> filters, List<Mqtt5SubAckReasonCode> codes) {
        List<String> refused = new ArrayList<>();
        for (int i = 0; i < codes.size(); i++) {
            Mqtt5SubAckReasonCode code = codes.get(i);
            if (code.isError()) {
                refused.add(filters.get(i) + ": " + Fault.words(code, code.getCode(), Optional.empty()));
            }
        }
        return refused;
    }

    @Override
    public CompletableFuture<Void> publish(Outgoing message) {
        return client.publish(packet(message)).thenAccept(Link5::check);
    }

    private static void check(Mqtt5PublishResult result) {
        @Nullable Throwable error = result.getError().orElse(null);
        if (error != null) {
            throw new CompletionException(error);
        }
    }

    @Override
    public CompletableFuture<Void> disconnect() {
        return client.disconnect();
    }
}
