package io.coppice.session;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A client that keeps to the standard (MQTT 5, 4.3 and 4.4) and is slow, forgetful of nothing but what its
 * connections lose. Payloads are numbers, so that each message is known.
 */
final class SimulatedClient {
    private static final class Outgoing {
        final int number;
        final Qos qos;
        boolean released;

        Outgoing(int number, Qos qos) {
            this.number = number;
            this.qos = qos;
        }
    }

    private final Random random;

    // With the session.
    /** Identifiers of QoS 2 messages received and not yet released. */
    private final Set<Integer> received = new HashSet<>();
    /** Messages published and not done with, by identifier, in order. */
    private final Map<Integer, Outgoing> outgoing = new LinkedHashMap<>();
    /** How often each message came. */
    final Map<Integer, Integer> got = new HashMap<>();
    /** Messages that this client refused. */
    final Set<Integer> refused = new HashSet<>();
    /** Its own messages that the broker took, and those it refused. */
    final Set<Integer> acknowledged = new HashSet<>();

    final Set<Integer> denied = new HashSet<>();
    private int nextId = 1;

    // With the connection.
    private boolean v5;
    /** What it will answer, in order. */
    private final List<Packet> answers = new ArrayList<>();

    SimulatedClient(Random random) {
        this.random = random;
    }

    void connected(boolean speaksV5) {
        v5 = speaksV5;
        answers.clear();
    }

    boolean owesNothing() {
        return answers.isEmpty();
    }

    boolean hasOpenMessages() {
        return !outgoing.isEmpty();
    }

    // Messages from the broker.

    void take(FakeEffects.Sent sent) {
        int number = Integer.parseInt(Worlds.text(sent.message()).trim());
        switch (sent.qos()) {
            case AT_MOST_ONCE -> got.merge(number, 1, Integer::sum);
            case AT_LEAST_ONCE -> {
                got.merge(number, 1, Integer::sum);
                answers.add(Worlds.pubAck(sent.packetId(), refuses(number)));
            }
            case EXACTLY_ONCE -> takeExactlyOnce(sent.packetId(), number);
        }
    }

    private void takeExactlyOnce(int packetId, int number) {
        ReasonCode reason = ReasonCode.SUCCESS;
        if (!received.contains(packetId)) {
            reason = refuses(number);
            if (!reason.isError()) {
                got.merge(number, 1, Integer::sum);
                received.add(packetId);
            }
        }
        answers.add(Worlds.pubRec(packetId, reason));
    }

    private ReasonCode refuses(int number) {
        if (!v5 || random.nextInt(20) > 0) {
            return ReasonCode.SUCCESS;
        }
        refused.add(number);
        return ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
    }

    void take(Packet packet) {
        if (packet instanceof Packet.PubRel p) {
            boolean known = received.remove(p.packetId());
            answers.add(Worlds.pubComp(
                    p.packetId(), known || !v5 ? ReasonCode.SUCCESS : ReasonCode.PACKET_IDENTIFIER_NOT_FOUND));
        } else if (packet instanceof Packet.PubAck p) {
            done(p.packetId(), p.reasonCode());
        } else if (packet instanceof Packet.PubRec p) {
            if (p.reasonCode().isError()) {
                done(p.packetId(), p.reasonCode());
            } else {
                open(p.packetId()).released = true;
                answers.add(Worlds.pubRel(p.packetId()));
            }
        } else if (packet instanceof Packet.PubComp p) {
            done(p.packetId(), ReasonCode.SUCCESS); // not found where an earlier PUBCOMP was lost
        }
    }

    private Outgoing open(int packetId) {
        Outgoing open = outgoing.get(packetId);
        if (open == null) {
            throw new AssertionError("no message of the client has identifier " + packetId);
        }
        return open;
    }

    private void done(int packetId, ReasonCode reason) {
        int number = open(packetId).number;
        outgoing.remove(packetId);
        (reason.isError() ? denied : acknowledged).add(number);
    }

    /**
     * Sends one of the answers it owes; mostly the oldest.
     *
     * @return the packet, so that the world can count
     */
    Packet answer(Session session) {
        Packet answer = answers.remove(random.nextInt(3) == 0 ? random.nextInt(answers.size()) : 0);
        if (answer instanceof Packet.PubAck p) {
            session.pubAck(p);
        } else if (answer instanceof Packet.PubRec p) {
            session.pubRec(p);
        } else if (answer instanceof Packet.PubRel p) {
            session.pubRel(p);
        } else if (answer instanceof Packet.PubComp p) {
            session.pubComp(p);
        }
        return answer;
    }

    // Messages from this client.

    /** Publishes, if its share of the Receive Maximum is not used up. */
    void publish(Session session, int number, Qos qos, int receiveMaximum) {
        int packetId = 0;
        if (qos != Qos.AT_MOST_ONCE) {
            if (outgoing.size() >= receiveMaximum) {
                return;
            }
            while (outgoing.containsKey(nextId)) {
                nextId = nextId % 20 + 1;
            }
            packetId = nextId;
            nextId = nextId % 20 + 1;
            outgoing.put(packetId, new Outgoing(number, qos));
        }
        session.publish(Worlds.publish(qos, packetId, String.valueOf(number)));
    }

    /** Sends again what is open, in order, as it must after a reconnect (MQTT-4.4.0-1). */
    void resend(Session session) {
        outgoing.forEach((packetId, open) -> {
            if (open.released) {
                session.pubRel(Worlds.pubRel(packetId));
            } else {
                session.publish(Worlds.publish(open.qos, packetId, String.valueOf(open.number), true));
            }
        });
    }
}
