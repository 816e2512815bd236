package io.coppice.observe;

import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Qos;
import io.coppice.port.Counters;
import io.coppice.port.NodeStatus;
import io.coppice.session.DropReason;
import java.util.Set;
import java.util.function.ToLongFunction;

/** The counters of all loops of one node added up, at the moment of reading. */
final class Totals {
    /** The reasons that mean a limit cost a subscriber a message, as against a message that nobody was owed. */
    private static final Set<DropReason> LIMITS = Set.of(
            DropReason.QUEUE_FULL,
            DropReason.MEMORY_FULL,
            DropReason.SLOW_READER,
            DropReason.LOOP_BACKLOG,
            DropReason.FORWARD_BACKLOG,
            DropReason.QUOTA_EXCEEDED,
            DropReason.TOO_LARGE);

    private Totals() {}

    static long sum(NodeStatus node, ToLongFunction<Counters> what) {
        long sum = 0;
        for (Counters counters : node.counters()) {
            sum += what.applyAsLong(counters);
        }
        return sum;
    }

    static long packetsReceived(NodeStatus node) {
        return sum(node, counters -> {
            long packets = 0;
            for (PacketType type : Labels.ON_THE_WIRE) {
                packets += counters.packetsReceived(type);
            }
            return packets;
        });
    }

    static long packetsSent(NodeStatus node) {
        return sum(node, counters -> {
            long packets = 0;
            for (PacketType type : Labels.ON_THE_WIRE) {
                packets += counters.packetsSent(type);
            }
            return packets;
        });
    }

    static long messagesReceived(NodeStatus node) {
        return sum(node, counters -> {
            long messages = 0;
            for (Qos qos : Qos.values()) {
                messages += counters.messagesReceived(qos);
            }
            return messages;
        });
    }

    static long messagesSent(NodeStatus node) {
        return sum(node, counters -> {
            long messages = 0;
            for (Qos qos : Qos.values()) {
                messages += counters.messagesSent(qos);
            }
            return messages;
        });
    }

    /** Messages that a limit cost a subscriber. */
    static long messagesLost(NodeStatus node) {
        return sum(node, counters -> {
            long messages = 0;
            for (DropReason reason : LIMITS) {
                messages += counters.droppedCount(reason);
            }
            return messages;
        });
    }
}
