package io.coppice.broker;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Will;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a trace tells of a packet: nothing by which somebody proves who he is, and no property, for others' secrets may be in it. */
final class PacketWords {
    /** Filters or reasons of one packet. */
    private static final int LISTED_MAX = 20;

    private PacketWords() {}

    static String word(ReasonCode reason) {
        return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static int packetId(Packet packet) {
        if (packet instanceof Packet.PubAck ack) {
            return ack.packetId();
        } else if (packet instanceof Packet.PubRec rec) {
            return rec.packetId();
        } else if (packet instanceof Packet.PubRel rel) {
            return rel.packetId();
        } else if (packet instanceof Packet.PubComp comp) {
            return comp.packetId();
        } else if (packet instanceof Packet.Subscribe subscribe) {
            return subscribe.packetId();
        } else if (packet instanceof Packet.SubAck ack) {
            return ack.packetId();
        } else if (packet instanceof Packet.Unsubscribe unsubscribe) {
            return unsubscribe.packetId();
        } else if (packet instanceof Packet.UnsubAck ack) {
            return ack.packetId();
        }
        return 0;
    }

    static @Nullable String reason(Packet packet) {
        if (packet instanceof Packet.ConnAck ack) {
            return word(ack.reasonCode());
        } else if (packet instanceof Packet.PubAck ack) {
            return word(ack.reasonCode());
        } else if (packet instanceof Packet.PubRec rec) {
            return word(rec.reasonCode());
        } else if (packet instanceof Packet.PubRel rel) {
            return word(rel.reasonCode());
        } else if (packet instanceof Packet.PubComp comp) {
            return word(comp.reasonCode());
        } else if (packet instanceof Packet.Disconnect disconnect) {
            return word(disconnect.reasonCode());
        } else if (packet instanceof Packet.Auth auth) {
            return word(auth.reasonCode());
        }
        return null;
    }

    /** Whether it says that a message was not taken. */
    static boolean isError(Packet packet) {
        if (packet instanceof Packet.PubAck ack) {
            return ack.reasonCode().isError();
        } else if (packet instanceof Packet.PubRec rec) {
            return rec.reasonCode().isError();
        }
        return false;
    }

    static @Nullable String detail(Packet packet) {
        if (packet instanceof Packet.Connect connect) {
            Will will = connect.will();
            return "MQTT " + connect.version() + (connect.cleanStart() ? ", clean start" : "") + ", keep alive "
                    + connect.keepAlive() + " s" + (will == null ? "" : ", will for " + will.topic());
        } else if (packet instanceof Packet.ConnAck ack) {
            return ack.sessionPresent() ? "session present" : null;
        } else if (packet instanceof Packet.Subscribe subscribe) {
            return listed(subscribe.requests().stream()
                    .map(request -> request.filter() + " at QoS "
                            + request.options().maximumQos().code()));
        } else if (packet instanceof Packet.Unsubscribe unsubscribe) {
            return listed(unsubscribe.filters().stream());
        } else if (packet instanceof Packet.SubAck ack) {
            return listed(ack.reasonCodes());
        } else if (packet instanceof Packet.UnsubAck ack) {
            return listed(ack.reasonCodes());
        }
        return null;
    }

    private static String listed(List<ReasonCode> reasons) {
        return listed(reasons.stream().map(PacketWords::word));
    }

    private static String listed(Stream<String> words) {
        return words.limit(LISTED_MAX).collect(Collectors.joining(", "));
    }
}
