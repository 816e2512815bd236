package io.coppice.hostile;

import static io.coppice.blackbox.Property.PAYLOAD_FORMAT_INDICATOR;
import static io.coppice.blackbox.Property.RECEIVE_MAXIMUM;
import static io.coppice.blackbox.Property.REQUEST_PROBLEM_INFORMATION;
import static io.coppice.blackbox.Property.REQUEST_RESPONSE_INFORMATION;
import static io.coppice.blackbox.Property.SUBSCRIPTION_IDENTIFIER;
import static io.coppice.blackbox.Property.TOPIC_ALIAS;
import static io.coppice.blackbox.Property.USER_PROPERTY;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Properties that are twice there, out of place, out of range, unknown, or too many (MQTT 5, 2.2.2). */
@BlackBox
class PropertiesIT {
    /** The default of limits.user-properties-max. */
    private static final int USER_PROPERTIES_MAX = 100;

    private final Broker broker;
    private final Names names;
    private final Trial trial;

    PropertiesIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
        this.trial = new Trial(broker, names);
    }

    static Stream<Arguments> carriers() {
        return Cases.everyTransport(List.of(Carrier.values()));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("carriers")
    @Hostile("B23")
    void aSecondOneOfWhatComesOnceEndsTheConnection(Transport transport, Carrier carrier) {
        try (Bystanders others = new Bystanders(broker, names)) {
            for (Property property : carrier.allowed()) {
                if (property != USER_PROPERTY) {
                    Props twice = Carrier.add(Carrier.one(property), property);
                    carrier.tries(trial, others, transport, twice, 0x82);
                    Props apart = Carrier.add(Carrier.one(property).user("k", "v"), property);
                    carrier.tries(trial, others, transport, apart, 0x82);
                }
            }
            others.noticeNothing();
        }
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("carriers")
    @Hostile("B24")
    void aPropertyOutOfPlaceEndsTheConnection(Transport transport, Carrier carrier) {
        try (Bystanders others = new Bystanders(broker, names)) {
            for (Property property : carrier.forbidden()) {
                carrier.tries(trial, others, transport, Carrier.one(property), 0x81, 0x82);
            }
            others.noticeNothing();
        }
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("carriers")
    @Hostile("B26")
    void anUnknownPropertyIsMalformed(Transport transport, Carrier carrier) {
        try (Bystanders others = new Bystanders(broker, names)) {
            for (String unknown : List.of("7F 00", "00 00", "04 00", "2B 00", "80 01 00", "81 00 00", "FF 7F 00")) {
                carrier.tries(trial, others, transport, Props.of().raw(unknown), 0x81);
            }
            others.noticeNothing();
        }
    }

    @OnEveryTransport
    @Hostile("B25")
    void aValueOutOfRangeEndsTheConnection(Transport transport) {
        try (Bystanders others = new Bystanders(broker, names)) {
            Carrier.CONNECT.tries(trial, others, transport, Props.of(RECEIVE_MAXIMUM, 0), 0x82);
            // As bytes, so that our own side does not hold the answer to a size of 0.
            Carrier.CONNECT.tries(trial, others, transport, Props.of().raw("27 00 00 00 00"), 0x82);
            Carrier.SUBSCRIBE.tries(trial, others, transport, Props.of(SUBSCRIPTION_IDENTIFIER, 0), 0x82);
            Carrier.PUBLISH.tries(trial, others, transport, Props.of(TOPIC_ALIAS, 0), 0x94);
            for (int value : List.of(2, 0x80, 0xFF)) {
                Carrier.CONNECT.tries(trial, others, transport, Props.of(REQUEST_PROBLEM_INFORMATION, value), 0x82);
                Carrier.CONNECT.tries(trial, others, transport, Props.of(REQUEST_RESPONSE_INFORMATION, value), 0x82);
                Carrier.PUBLISH.tries(trial, others, transport, Props.of(PAYLOAD_FORMAT_INDICATOR, value), 0x82);
                Carrier.WILL.tries(trial, others, transport, Props.of(PAYLOAD_FORMAT_INDICATOR, value), 0x82);
            }
            others.noticeNothing();
        }
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("carriers")
    @Hostile("B27")
    void moreUserPropertiesThanTheLimitEndTheConnection(Transport transport, Carrier carrier) {
        try (Bystanders others = new Bystanders(broker, names)) {
            carrier.tries(trial, others, transport, users(USER_PROPERTIES_MAX + 1), 0x97);
            if (carrier.isEarly()) {
                carrier.tries(trial, others, transport, users(3_000), 0x97);
                try (RawClient stranger = broker.open(transport, V5)) {
                    stranger.send(carrier.with(users(10_000)));
                    stranger.expectRefused(0x95); // at its header, which says that it is too large for a stranger
                }
            } else {
                carrier.tries(trial, others, transport, users(10_000), 0x97);
            }
            others.noticeNothing();
        }
    }

    private static Props users(int count) {
        Props props = Props.of();
        for (int i = 0; i < count; i++) {
            props.user("", "");
        }
        return props;
    }

    @OnEveryTransport
    @Hostile("B27")
    void asManyUserPropertiesAsTheLimitAllowsArePassedOn(Transport transport) {
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            client.subscribe(names.topic("t"), 1);
            client.publish(Packets.publish(V5, names.topic("t")).qos(1).props(users(USER_PROPERTIES_MAX)));
            Received message = client.receive();
            assertThat(message.properties().users()).hasSize(USER_PROPERTIES_MAX);
        }
    }
}
