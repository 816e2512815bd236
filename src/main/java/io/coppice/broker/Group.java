package io.coppice.broker;

import io.coppice.port.SessionStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The records of one turn, and what may leave only when they are stored: output of clients, answers to publishers on other loops. */
final class Group {
    private record Held(Client client, long mark) {}

    private record Answer(Receipt receipt, int parts, boolean rejected) {}

    private final Shard shard;
    private final List<SessionSlot> writers = new ArrayList<>(0);
    private final List<Held> held = new ArrayList<>(0);
    private final List<Answer> answers = new ArrayList<>(0);
    private final List<Consumer<Boolean>> tasks = new ArrayList<>(0);

    Group(Shard shard) {
        this.shard = shard;
    }

    /** Some of the records are this session's. */
    void wrote(SessionSlot slot) {
        writers.add(slot);
    }

    void hold(Client client, long mark) {
        held.add(new Held(client, mark));
    }

    void answer(Receipt receipt, int parts, boolean rejected) {
        answers.add(new Answer(receipt, parts, rejected));
    }

    /** Runs a task on the loop once the records are stored, or have failed to be. */
    void then(Consumer<Boolean> task) {
        tasks.add(task);
    }

    /** Nothing that depends on records may be seen where they are not safe. */
    void stored(SessionStore.Outcome outcome) {
        // whose answer depends on a message for a session that has gone elsewhere is not known: nobody is answered
        boolean safe = outcome.safe() && outcome.fenced().isEmpty();
        shard.stored(this, outcome.safe());
        if (!outcome.safe()) {
            writers.forEach(slot -> slot.behind = true);
        }
        for (String clientId : outcome.fenced()) {
            SessionSlot slot = shard.slots.get(clientId);
            if (slot != null) {
                slot.fenced();
            }
        }
        for (Held one : held) {
            Client client = one.client();
            if (client.heldBy == this) {
                client.heldBy = null;
            }
            if (safe) {
                client.connection.flush(one.mark());
            } else {
                client.lost("the session's changes could not be stored");
            }
        }
        for (Answer one : answers) {
            shard.deliverer.answer(one.receipt(), one.parts(), safe, one.rejected());
        }
        for (Consumer<Boolean> task : tasks) {
            task.accept(outcome.safe()); // whose session was fenced sees that it is gone
        }
    }
}
