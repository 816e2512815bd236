package io.coppice.broker;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Questions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds a PUBLISH or SUBSCRIBE of a client back, and all that comes behind it, until it is known whether the client may do what it
 * asks for. A client has one question open at a time, so that it cannot fill the queue of those of others. Lives with the connection;
 * what is held when that ends was never received.
 */
final class Asking {
    private final Client client;
    private final SessionSlot slot;
    private @Nullable Packet held;
    /** Which of the requests of a held SUBSCRIBE is next. */
    private int next;
    /** Whether the question is being put: an answer that comes now is one that was there. */
    private boolean putting;

    private boolean open;

    Asking(Client client, SessionSlot slot) {
        this.client = client;
        this.slot = slot;
    }

    /** Whether a packet waits; the client is given it when it need not any more. */
    boolean holds(Packet packet) {
        Questions questions = slot.questions;
        if (questions == null) {
            return false;
        }
        if (packet instanceof Packet.Publish publish) {
            TopicName topic = slot.session.topicOf(publish);
            if (questions.isAnswered(topic, publish.qos(), publish.retain(), now())) {
                return false;
            }
            held = packet;
            begin();
            questions.ask(topic, publish.qos(), publish.retain(), slot.shard.loop, known -> answered());
            putting = false;
        } else if (packet instanceof Packet.Subscribe) {
            held = packet;
            next = 0;
            goThrough(questions);
        }
        if (held == null) {
            return false;
        }
        client.pause(Client.PAUSE_QUESTION);
        return true;
    }

    private void begin() {
        open = true;
        putting = true;
    }

    /** Asks about the next filters, up to one whose answer has to be waited for. */
    private void goThrough(Questions questions) {
        List<Packet.Request> requests = ((Packet.Subscribe) requireHeld()).requests();
        while (next < requests.size()) {
            Packet.Request request = requests.get(next++);
            TopicFilter filter = Subscribing.filterOf(slot, request);
            if (filter == null || questions.isAnswered(filter, request.options().maximumQos(), now())) {
                continue;
            }
            begin();
            questions.ask(filter, request.options().maximumQos(), slot.shard.loop, known -> answered());
            putting = false;
            if (open) {
                return;
            }
        }
        held = null;
    }

    private void answered() {
        Packet packet = held;
        if (packet == null) {
            return; // the client has gone
        }
        open = false;
        if (putting) {
            if (packet instanceof Packet.Publish) {
                held = null;
            }
            return;
        }
        Questions questions = slot.questions;
        if (packet instanceof Packet.Subscribe && questions != null) {
            goThrough(questions);
            if (held != null) {
                return;
            }
        }
        held = null;
        try {
            client.handle(packet);
        } catch (ProtocolError error) {
            client.refused(error);
        } finally {
            client.resume(Client.PAUSE_QUESTION);
        }
    }

    /** The connection has ended. */
    void stop() {
        held = null;
        Questions questions = slot.questions;
        if (questions != null) {
            questions.withdraw();
        }
    }

    private long now() {
        return slot.shard.loop.now();
    }

    private Packet requireHeld() {
        Packet packet = held;
        if (packet == null) {
            throw new IllegalStateException("nothing is held of " + slot.clientId());
        }
        return packet;
    }
}
