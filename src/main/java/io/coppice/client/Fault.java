package io.coppice.client;

import com.hivemq.client.mqtt.datatypes.MqttUtf8String;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3SubAckException;
import com.hivemq.client.mqtt.mqtt3.message.connect.connack.Mqtt3ConnAckReturnCode;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubRecException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;

/**
 * Why something was not done, for people.
 *
 * @param words on one line and without control characters; they name reason codes as the standard does
 * @param passing whether the same may go well a little later
 */
record Fault(String words, boolean passing) {
    private static final Set<Mqtt5ConnAckReasonCode> BUSY = EnumSet.of(
            Mqtt5ConnAckReasonCode.SERVER_UNAVAILABLE,
            Mqtt5ConnAckReasonCode.SERVER_BUSY,
            Mqtt5ConnAckReasonCode.QUOTA_EXCEEDED,
            Mqtt5ConnAckReasonCode.CONNECTION_RATE_EXCEEDED,
            Mqtt5ConnAckReasonCode.UNSPECIFIED_ERROR,
            Mqtt5ConnAckReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);

    /** The same again would be the same fault, or take the session away from whoever has it now. */
    private static final Set<Mqtt5DisconnectReasonCode> FOR_GOOD = EnumSet.of(
            Mqtt5DisconnectReasonCode.MALFORMED_PACKET,
            Mqtt5DisconnectReasonCode.PROTOCOL_ERROR,
            Mqtt5DisconnectReasonCode.NOT_AUTHORIZED,
            Mqtt5DisconnectReasonCode.SESSION_TAKEN_OVER,
            Mqtt5DisconnectReasonCode.TOPIC_FILTER_INVALID,
            Mqtt5DisconnectReasonCode.TOPIC_NAME_INVALID,
            Mqtt5DisconnectReasonCode.PACKET_TOO_LARGE,
            Mqtt5DisconnectReasonCode.ADMINISTRATIVE_ACTION,
            Mqtt5DisconnectReasonCode.RETAIN_NOT_SUPPORTED,
            Mqtt5DisconnectReasonCode.QOS_NOT_SUPPORTED,
            Mqtt5DisconnectReasonCode.USE_ANOTHER_SERVER,
            Mqtt5DisconnectReasonCode.SERVER_MOVED,
            Mqtt5DisconnectReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
            Mqtt5DisconnectReasonCode.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
            Mqtt5DisconnectReasonCode.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED);

    /** What failed, without the futures that passed it on. */
    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    static Fault of(Throwable failure) {
        Throwable cause = cause(failure);
        if (cause instanceof Mqtt5ConnAckException refused) {
            Mqtt5ConnAckReasonCode code = refused.getMqttMessage().getReasonCode();
            return new Fault(
                    "refused: "
                            + words(
                                    code,
                                    code.getCode(),
                                    refused.getMqttMessage().getReasonString()),
                    BUSY.contains(code));
        }
        if (cause instanceof Mqtt3ConnAckException refused) {
            Mqtt3ConnAckReturnCode code = refused.getMqttMessage().getReturnCode();
            return new Fault(
                    "refused: " + words(code, code.getCode(), Optional.empty()),
                    code == Mqtt3ConnAckReturnCode.SERVER_UNAVAILABLE);
        }
        if (cause instanceof Mqtt5DisconnectException ended) {
            Mqtt5DisconnectReasonCode code = ended.getMqttMessage().getReasonCode();
            return new Fault(
                    "ended by the broker: "
                            + words(code, code.getCode(), ended.getMqttMessage().getReasonString()),
                    !FOR_GOOD.contains(code));
        }
        return new Fault(other(cause), true);
    }

    private static String other(Throwable cause) {
        if (cause instanceof Mqtt5PubAckException refused) {
            return words(
                    refused.getMqttMessage().getReasonCode(),
                    refused.getMqttMessage().getReasonCode().getCode(),
                    refused.getMqttMessage().getReasonString());
        }
        if (cause instanceof Mqtt5PubRecException refused) {
            return words(
                    refused.getMqttMessage().getReasonCode(),
                    refused.getMqttMessage().getReasonCode().getCode(),
                    refused.getMqttMessage().getReasonString());
        }
        if (cause instanceof Mqtt3SubAckException) {
            return "refused";
        }
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof ConnectException) {
            return "connection refused";
        }
        if (root instanceof UnknownHostException) {
            return "there is no such host";
        }
        String message =
                Objects.requireNonNullElse(root.getMessage(), root.getClass().getSimpleName());
        return Plain.text(message.replaceFirst("^[a-z0-9]+(\\.[A-Za-z0-9$]+)+: ", ""));
    }

    /** {@code not authorized (0x87): what the broker says of it}. */
    static String words(Enum<?> code, int number, Optional<MqttUtf8String> reason) {
        String name = code.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        String said = reason.map(text -> ": " + Plain.text(text.toString())).orElse("");
        return name + String.format(Locale.ROOT, " (0x%02X)", number) + said;
    }
}
