package io.coppice.access;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Without rules everybody may subscribe to everything, and publish to everything but the topics that are the broker's own:
 * {@code $SYS} and those below it, and what begins with {@code $share/}.
 */
final class OpenAuthorizer implements Authorizer, Permissions {
    private static final byte[] SYS = "$SYS".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BELOW_SYS = "$SYS/".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SHARE = "$share/".getBytes(StandardCharsets.US_ASCII);

    @Override
    public Permissions permissions(Identity who) {
        return this; // which remembers nothing of anybody
    }

    @Override
    public boolean mayPublish(TopicName topic, Qos qos, boolean retain) {
        return !isOurs(topic);
    }

    @Override
    public boolean mayReceive(TopicName topic) {
        return true;
    }

    @Override
    public ReasonCode maySubscribe(TopicFilter filter, Qos qos) {
        return ReasonCode.SUCCESS;
    }

    /** Whether only the broker publishes to it, whatever any rule says. */
    static boolean isOurs(TopicName topic) {
        return topic.isSystem() && isOurs(topic.utf8());
    }

    private static boolean isOurs(byte[] topic) {
        return Arrays.equals(topic, SYS) || startsWith(topic, BELOW_SYS) || startsWith(topic, SHARE);
    }

    private static boolean startsWith(byte[] topic, byte[] prefix) {
        return topic.length >= prefix.length && Arrays.equals(topic, 0, prefix.length, prefix, 0, prefix.length);
    }
}
