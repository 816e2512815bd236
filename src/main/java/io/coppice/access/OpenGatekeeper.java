package io.coppice.access;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Loop;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The door of a node that knows no users: all clients may enter, or none. A user name is taken as it is said and a
 * password not looked at. Whoever is inside may subscribe to everything, and publish to everything but the topics
 * that are the broker's own: {@code $SYS} and those below it, and what begins with {@code $share/}.
 */
public final class OpenGatekeeper implements Gatekeeper {
    private static final byte[] SYS = "$SYS".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BELOW_SYS = "$SYS/".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SHARE = "$share/".getBytes(StandardCharsets.US_ASCII);

    private final boolean anonymous;

    /** @param anonymous whether clients that nobody vouches for may enter; all others are answered 0x87, Not authorized */
    public OpenGatekeeper(boolean anonymous) {
        this.anonymous = anonymous;
    }

    @Override
    public void authenticate(Credentials credentials, Loop loop, Consumer<Verdict> then) {
        then.accept(anonymous ? admitted(credentials) : new Verdict(ReasonCode.NOT_AUTHORIZED, null));
    }

    private static Verdict admitted(Credentials credentials) {
        return new Verdict(
                ReasonCode.SUCCESS,
                new Identity(credentials.clientId(), credentials.userName(), credentials.remoteAddress()));
    }

    /** Null: no method of enhanced authentication is known. */
    @Override
    public @Nullable Exchange exchange(String method, Credentials credentials) {
        return null;
    }

    @Override
    public boolean mayPublish(Identity who, TopicName topic, Qos qos, boolean retain) {
        return !topic.isSystem() || !isOurs(topic.utf8());
    }

    private static boolean isOurs(byte[] topic) {
        return Arrays.equals(topic, SYS) || startsWith(topic, BELOW_SYS) || startsWith(topic, SHARE);
    }

    private static boolean startsWith(byte[] topic, byte[] prefix) {
        return topic.length >= prefix.length && Arrays.equals(topic, 0, prefix.length, prefix, 0, prefix.length);
    }

    @Override
    public ReasonCode maySubscribe(Identity who, TopicFilter filter, Qos qos) {
        return ReasonCode.SUCCESS;
    }
}
