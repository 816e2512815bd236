package io.coppice.hostile;

import static io.coppice.blackbox.Property.AUTHENTICATION_DATA;
import static io.coppice.blackbox.Property.AUTHENTICATION_METHOD;
import static io.coppice.blackbox.Property.CONTENT_TYPE;
import static io.coppice.blackbox.Property.CORRELATION_DATA;
import static io.coppice.blackbox.Property.MAXIMUM_PACKET_SIZE;
import static io.coppice.blackbox.Property.MESSAGE_EXPIRY_INTERVAL;
import static io.coppice.blackbox.Property.PAYLOAD_FORMAT_INDICATOR;
import static io.coppice.blackbox.Property.REASON_STRING;
import static io.coppice.blackbox.Property.RECEIVE_MAXIMUM;
import static io.coppice.blackbox.Property.REQUEST_PROBLEM_INFORMATION;
import static io.coppice.blackbox.Property.REQUEST_RESPONSE_INFORMATION;
import static io.coppice.blackbox.Property.RESPONSE_TOPIC;
import static io.coppice.blackbox.Property.SESSION_EXPIRY_INTERVAL;
import static io.coppice.blackbox.Property.SUBSCRIPTION_IDENTIFIER;
import static io.coppice.blackbox.Property.TOPIC_ALIAS;
import static io.coppice.blackbox.Property.TOPIC_ALIAS_MAXIMUM;
import static io.coppice.blackbox.Property.USER_PROPERTY;
import static io.coppice.blackbox.Property.WILL_DELAY_INTERVAL;
import static io.coppice.blackbox.Version.V5;

import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import java.util.EnumSet;
import java.util.Set;

/** Everything a client of version 5 sends that has properties, and which ones it may have (MQTT 5, 2.2.2.2). */
enum Carrier {
    CONNECT(
            SESSION_EXPIRY_INTERVAL,
            AUTHENTICATION_METHOD,
            AUTHENTICATION_DATA,
            REQUEST_PROBLEM_INFORMATION,
            REQUEST_RESPONSE_INFORMATION,
            RECEIVE_MAXIMUM,
            TOPIC_ALIAS_MAXIMUM,
            USER_PROPERTY,
            MAXIMUM_PACKET_SIZE),
    WILL(
            PAYLOAD_FORMAT_INDICATOR,
            MESSAGE_EXPIRY_INTERVAL,
            CONTENT_TYPE,
            RESPONSE_TOPIC,
            CORRELATION_DATA,
            WILL_DELAY_INTERVAL,
            USER_PROPERTY),
    PUBLISH(
            PAYLOAD_FORMAT_INDICATOR,
            MESSAGE_EXPIRY_INTERVAL,
            CONTENT_TYPE,
            RESPONSE_TOPIC,
            CORRELATION_DATA,
            TOPIC_ALIAS,
            USER_PROPERTY),
    PUBACK(REASON_STRING, USER_PROPERTY),
    PUBREC(REASON_STRING, USER_PROPERTY),
    PUBREL(REASON_STRING, USER_PROPERTY),
    PUBCOMP(REASON_STRING, USER_PROPERTY),
    SUBSCRIBE(SUBSCRIPTION_IDENTIFIER, USER_PROPERTY),
    UNSUBSCRIBE(USER_PROPERTY),
    DISCONNECT(SESSION_EXPIRY_INTERVAL, REASON_STRING, USER_PROPERTY),
    AUTH(AUTHENTICATION_METHOD, AUTHENTICATION_DATA, REASON_STRING, USER_PROPERTY);

    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
    private final Set<Property> allowed;

    Carrier(Property first, Property... more) {
        allowed = EnumSet.of(first, more);
    }

    Set<Property> allowed() {
        return allowed;
    }

    Set<Property> forbidden() {
        return EnumSet.complementOf(EnumSet.copyOf(allowed));
    }

    /** Whether it comes before the client is let in. */
    boolean isEarly() {
        return this == CONNECT || this == WILL;
    }

    Sendable with(Props props) {
        return switch (this) {
            case CONNECT -> Packets.connect(V5, "carrier").props(props);
            case WILL ->
                Packets.connect(V5, "carrier")
                        .will("carrier/will", "", 0, false)
                        .willProps(props);
            case PUBLISH -> Packets.publish(V5, "carrier/topic").props(props);
            case PUBACK -> Packets.puback(1).props(props);
            case PUBREC -> Packets.pubrec(1).props(props);
            case PUBREL -> Packets.pubrel(1).props(props);
            case PUBCOMP -> Packets.pubcomp(1).props(props);
            case SUBSCRIBE ->
                Packets.subscribe(V5, 1).filter("carrier/topic", 0).props(props);
            case UNSUBSCRIBE ->
                Packets.unsubscribe(V5, 1).filter("carrier/topic").props(props);
            case DISCONNECT -> Packets.disconnect().props(props);
            case AUTH -> Packets.auth().reason(0x18).props(props);
        };
    }

    /** Sends it, and expects to be refused or to be sent away. */
    void tries(Trial trial, Bystanders others, Transport transport, Props props, int... reasons) {
        if (isEarly()) {
            trial.refuses(others, transport, V5, with(props), reasons);
        } else {
            trial.ends(others, transport, V5, with(props), reasons);
        }
    }

    /** A list of one property with a value that is right. */
    static Props one(Property property) {
        return add(Props.of(), property);
    }

    static Props add(Props props, Property property) {
        if (property == MAXIMUM_PACKET_SIZE) {
            return props.with(property, 1000);
        }
        return switch (property.kind()) {
            case BYTE, TWO_BYTES, FOUR_BYTES, VARINT -> props.with(property, 1);
            case STRING -> props.with(property, "a");
            case BINARY -> props.with(property, new byte[] {1});
            case PAIR -> props.user("k", "v");
        };
    }
}
