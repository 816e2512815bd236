package io.coppice.codec;

import static io.coppice.codec.PacketFuzz.require;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import io.netty.util.ReferenceCountUtil;
import java.util.Arrays;
import java.util.List;

/**
 * What this decoder takes Netty's takes too, and understands the same. Not the other way round: Netty lets through much that
 * the standard forbids (NettyGapsTest). Input as for {@link PacketFuzz}.
 */
public final class DecoderDifferenceFuzz {
    private static final int CLIENT_ID_MAX = 65_535;

    private DecoderDifferenceFuzz() {}

    public static List<byte[]> seeds() {
        return PacketFuzz.seeds();
    }

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        ProtocolVersion agreed = PacketFuzz.AGREED[(input[0] & 0xFF) % PacketFuzz.AGREED.length];
        ByteBuf in = Unpooled.wrappedBuffer(input, 1, input.length - 1);
        Packet ours;
        try {
            ours = Decoding.decoder(agreed).decode(in);
        } catch (ProtocolError refused) {
            return;
        }
        if (ours == null) {
            return;
        }
        EmbeddedChannel netty = new EmbeddedChannel(new MqttDecoder(Decoding.LIMITS.packetSizeMax(), CLIENT_ID_MAX));
        try {
            if (agreed != null) {
                netty.writeInbound(Unpooled.wrappedBuffer(hello(agreed)));
                ReferenceCountUtil.release(netty.readInbound());
            }
            netty.writeInbound(Unpooled.copiedBuffer(input, 1, in.readerIndex()));
            MqttMessage theirs = netty.readInbound();
            try {
                compare(ours, theirs);
            } finally {
                ReferenceCountUtil.release(theirs);
            }
        } finally {
            netty.finishAndReleaseAll();
        }
    }

    private static byte[] hello(ProtocolVersion version) {
        return Notation.bytes(
                version == ProtocolVersion.V5 ? "10 { <MQTT> 05 02 003C {} <c> }" : "10 { <MQTT> 04 02 003C <c> }");
    }

    private static void compare(Packet ours, MqttMessage theirs) {
        require(theirs != null, "Netty waits for more of " + ours);
        require(theirs.decoderResult().isSuccess(), "Netty refuses " + ours + ": " + theirs.decoderResult());
        require(theirs.fixedHeader().messageType().value() == ours.type().code(), ours + " is " + theirs.fixedHeader());
        if (ours instanceof Packet.Publish publish) {
            MqttPublishMessage theirPublish = (MqttPublishMessage) theirs;
            require(
                    theirPublish.fixedHeader().qosLevel().value()
                                    == publish.qos().code()
                            && theirPublish.fixedHeader().isRetain() == publish.retain()
                            && theirPublish.fixedHeader().isDup() == publish.dup(),
                    "flags of " + ours);
            require(Arrays.equals(ByteBufUtil.getBytes(theirPublish.payload()), publish.payload()), "payload");
            if (publish.topic() != null) {
                require(
                        theirPublish
                                .variableHeader()
                                .topicName()
                                .equals(publish.topic().value()),
                        "topic");
            }
            if (publish.packetId() != 0) {
                require(theirPublish.variableHeader().packetId() == publish.packetId(), "packet identifier");
            }
        } else if (ours instanceof Packet.Connect connect) {
            MqttConnectMessage theirConnect = (MqttConnectMessage) theirs;
            require(theirConnect.payload().clientIdentifier().equals(connect.clientId()), "client identifier");
            require(theirConnect.variableHeader().keepAliveTimeSeconds() == connect.keepAlive(), "keep alive");
            require(theirConnect.variableHeader().isWillFlag() == (connect.will() != null), "will");
        } else if (ours instanceof Packet.Subscribe subscribe) {
            List<MqttTopicSubscription> theirFilters =
                    ((MqttSubscribeMessage) theirs).payload().topicSubscriptions();
            require(theirFilters.size() == subscribe.requests().size(), "filters");
        } else if (ours instanceof Packet.Unsubscribe unsubscribe) {
            require(
                    ((MqttUnsubscribeMessage) theirs).payload().topics().size()
                            == unsubscribe.filters().size(),
                    "filters");
        }
    }
}
