package io.coppice.simulation;

import io.coppice.broker.Inside;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.RetainedStore.Kept;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What several nodes owe of retained messages: who subscribes after an acknowledgement gets what was acknowledged or
 * something newer; what is older never comes back; nobody whose subscription falls together with a publish misses it; and
 * in the end every node has what the store has.
 */
final class RetainedWatch {
    static final String FILTER = "r/#";

    private final World world;
    /** What each topic had, in order. */
    private final Map<String, List<Kept>> history = new TreeMap<>();
    /** The newest version with which each payload was stored. */
    private final Map<String, Long> newest = new HashMap<>();
    /** The version of each topic from which on everything was acknowledged. */
    private final Map<String, Long> acked = new HashMap<>();

    private final Set<String> ackedPayloads = new HashSet<>();
    private final List<Probe> probes = new ArrayList<>();

    RetainedWatch(World world) {
        this.world = world;
        world.retainedStore.onKept = this::kept;
    }

    private static String text(@Nullable Message message) {
        return message == null ? "" : new String(message.payload(), StandardCharsets.UTF_8);
    }

    private void kept(Kept kept) {
        history.computeIfAbsent(kept.topic().value(), topic -> new ArrayList<>())
                .add(kept);
        newest.put(text(kept.message()), kept.version());
    }

    /** A publish was answered: from now on nobody may be shown anything older. */
    void acked(Published message) {
        // the store may have left it out in favour of the next one, and a clear has no name: then it is known less
        // exactly
        for (Kept each : history.getOrDefault(message.topic, List.of())) {
            if (each.version() > message.storedAfter) {
                acked.merge(message.topic, each.version(), Math::max);
                break;
            }
        }
        ackedPayloads.add(message.payload);
    }

    /** A client that subscribes as soon as it is let in, and is then only told. */
    void probe(int loop) {
        probes.add(new Probe(loop));
    }

    private final class Probe {
        final SimClient client = world.client("probe" + probes.size());
        final Map<String, Long> owed = new HashMap<>();
        final Set<String> got = new HashSet<>();
        boolean subscribed;

        Probe(int loop) {
            client.onPacket = this::arrived;
            client.onMessage = this::message;
            client.connect(loop);
        }

        private void arrived(Packet packet) {
            if (packet instanceof Packet.ConnAck ack && ack.reasonCode() == ReasonCode.SUCCESS) {
                owed.putAll(acked);
                client.subscribe(FILTER, Qos.AT_LEAST_ONCE);
            }
            subscribed |= packet instanceof Packet.SubAck;
        }

        private void message(Packet.Publish message) {
            String payload = SimClient.text(message);
            String topic = String.valueOf(message.topic());
            got.add(payload);
            long version = newest.getOrDefault(payload, 0L);
            if (message.retain() && version < owed.getOrDefault(topic, 0L)) {
                throw new AssertionError(client.clientId() + " was shown " + payload + " of " + topic + " at " + version
                        + ", though " + owed.get(topic) + " was acknowledged before it subscribed");
            }
        }

        void check() {
            if (!client.isConnected() || !subscribed) {
                return; // its node has died
            }
            history.forEach((topic, all) -> {
                Kept last = all.get(all.size() - 1);
                boolean toBeSeen = owed.getOrDefault(topic, 0L) > 0
                        && all.stream().noneMatch(each -> isOver(each, owed.get(topic)));
                if (toBeSeen && all.stream().noneMatch(each -> isSeen(each, owed.get(topic)))) {
                    throw new AssertionError(client.clientId() + " never saw what was acknowledged of " + topic + ": "
                            + shown(all) + " from " + owed.get(topic) + ", got " + got);
                }
                if (!isOver(last, 0) && ackedPayloads.contains(text(last.message())) && !isSeen(last, 0)) {
                    throw new AssertionError(
                            client.clientId() + " missed " + shown(all) + " of " + topic + ", got " + got);
                }
            });
        }

        private boolean isSeen(Kept each, long from) {
            return each.version() >= from && got.contains(text(each.message()));
        }
    }

    /** Whether it is new enough, and need not be seen by anybody: it was cleared, or expires. */
    private static boolean isOver(Kept each, long from) {
        Message message = each.message();
        return each.version() >= from && (message == null || message.expiresAt() != Message.NEVER);
    }

    private static String shown(List<Kept> all) {
        return all.stream()
                .map(each -> each.version() + " " + text(each.message()))
                .toList()
                .toString();
    }

    /** After everything has come to rest. */
    void check() {
        Map<String, String> stored = new TreeMap<>();
        world.retainedStore.kept.forEach((topic, kept) -> {
            Message message = kept.message();
            if (message != null && !message.expiredAt(world.now())) {
                stored.put(topic, kept.version() + " " + text(message));
            }
        });
        for (SimNode node : world.cluster().nodes) {
            Map<String, String> mirrored = new TreeMap<>();
            Inside.retained(node.broker())
                    .forEach((topic, kept) -> mirrored.put(topic, kept.version() + " " + text(kept.message())));
            if (!mirrored.equals(stored)) {
                throw new AssertionError(node.id + " has " + mirrored + ", the store has " + stored);
            }
            if (Inside.retainedDivergence(node.broker()) != 0) {
                throw new AssertionError(node.id + " takes the mirrors for different");
            }
        }
        probes.forEach(Probe::check);
        for (Probe probe : probes) {
            if (probe.client.isConnected()) {
                probe.client.disconnect();
            }
        }
    }
}
