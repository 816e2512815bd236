package io.coppice.broker;

import java.util.ArrayList;
import java.util.List;

/** The records of one turn, and what may leave only when they are stored: output of clients, answers to publishers on other loops. */
final class Group {
    private record Held(Client client, long mark) {}

    private record Answer(Receipt receipt, boolean rejected) {}

    private final Shard shard;
    private final List<Held> held = new ArrayList<>(0);
    private final List<Answer> answers = new ArrayList<>(0);
    private final List<Runnable> tasks = new ArrayList<>(0);

    Group(Shard shard) {
        this.shard = shard;
    }

    void hold(Client client, long mark) {
        held.add(new Held(client, mark));
    }

    void answer(Receipt receipt, boolean rejected) {
        answers.add(new Answer(receipt, rejected));
    }

    /** Runs a task on the loop once the records are stored. */
    void then(Runnable task) {
        tasks.add(task);
        shard.scheduleEndOfTurn();
    }

    /** The turn brought no records: only what was asked to run after it does. */
    void nothingToStore() {
        runTasks();
    }

    private void runTasks() {
        if (tasks.isEmpty()) {
            return;
        }
        List<Runnable> ready = new ArrayList<>(tasks);
        tasks.clear();
        ready.forEach(Runnable::run);
    }

    /** @param safe false when the store failed: nothing that depends on the records may be seen */
    void stored(boolean safe) {
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
            shard.router.answer(one.receipt(), safe, one.rejected());
        }
        held.clear();
        answers.clear();
        runTasks();
    }
}
