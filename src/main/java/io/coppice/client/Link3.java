package io.coppice.client;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3SubAckException;
import com.hivemq.client.mqtt.mqtt3.message.auth.Mqtt3SimpleAuth;
import com.hivemq.client.mqtt.mqtt3.message.connect.Mqtt3Connect;
import com.hivemq.client.mqtt.mqtt3.message.connect.Mqtt3ConnectBuilder;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.hivemq.client.mqtt.mqtt3.message.subscribe.Mqtt3Subscribe;
import com.hivemq.client.mqtt.mqtt3.message.subscribe.Mqtt3Subscription;
import com.hivemq.client.mqtt.mqtt3.message.subscribe.suback.Mqtt3SubAckReturnCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** A link in MQTT 3.1.1, which knows no properties. */
final class Link3 implements Link {
    private final Mqtt3AsyncClient client;
    private final Mqtt3Connect connect;

    Link3(Login login, Mqtt3AsyncClient client) {
        this.client = client;
        this.connect = connect(login);
    }

    private static Mqtt3Connect connect(Login login) {
        Mqtt3ConnectBuilder connect =
                Mqtt3Connect.builder().keepAlive(login.keepAliveSeconds()).cleanSession(login.cleanStart());
        String user = login.user();
        byte[] password = login.password();
        if (user != null) {
            var auth = Mqtt3SimpleAuth.builder().username(user);
            connect = connect.simpleAuth(
                    password == null ? auth.build() : auth.password(password).build());
        } else if (password != null) {
            throw new IllegalArgumentException("MQTT 3.1.1 allows no password without a user");
        }
        Outgoing will = login.will();
        return will == null
                ? connect.build()
                : connect.willPublish(packet(will)).build();
    }

    private static Mqtt3Publish packet(Outgoing message) {
        return Mqtt3Publish.builder()
                .topic(message.topic())
                .qos(Link.qos(message.qos()))
                .payload(message.payload())
                .retain(message.retain())
                .build();
    }

    @Override
    public void deliver(Consumer<Arrived> to, Executor executor) {
        client.publishes(
                MqttGlobalPublishFilter.ALL,
                publish -> to.accept(new Arrived(
                        publish.getTopic().toString(),
                        publish.getPayloadAsBytes(),
                        publish.getQos().getCode(),
                        publish.isRetain(),
                        List.of(),
                        null,
                        null,
                        null,
                        null,
                        null,
                        publish::acknowledge)),
                executor,
                true);
    }

    @Override
    public CompletableFuture<Void> connect() {
        return client.connect(connect).thenAccept(answer -> {});
    }

    @Override
    public CompletableFuture<List<String>> subscribe(List<String> filters, Wanted wanted) {
        List<Mqtt3Subscription> subscriptions = new ArrayList<>();
        for (String filter : filters) {
            subscriptions.add(Mqtt3Subscription.builder()
                    .topicFilter(filter)
                    .qos(Link.qos(wanted.qos()))
                    .build());
        }
        Mqtt3Subscribe subscribe =
                Mqtt3Subscribe.builder().addSubscriptions(subscriptions).build();
        return client.subscribe(subscribe)
                .handle((answer, failure) ->
                        refused(filters, failure == null ? answer.getReturnCodes() : codes(failure)));
    }

    private static List<Mqtt3SubAckReturnCode> codes(Throwable failure) {
        Throwable cause = Fault.cause(failure);
        if (cause instanceof Mqtt3SubAckException refused) {
            return refused.getMqttMessage().getReturnCodes();
        }
        throw new CompletionException(cause);
    }

    private static List<String> refused(List<String> filters, List<Mqtt3SubAckReturnCode> codes) {
        List<String> refused = new ArrayList<>();
        for (int i = 0; i < codes.size(); i++) {
            if (codes.get(i) == Mqtt3SubAckReturnCode.FAILURE) {
                refused.add(filters.get(i) + ": refused (0x80)");
            }
        }
        return refused;
    }

    @Override
    public CompletableFuture<Void> publish(Outgoing message) {
        return client.publish(packet(message)).thenAccept(done -> {});
    }

    @Override
    public CompletableFuture<Void> disconnect() {
        return client.disconnect();
    }
}
