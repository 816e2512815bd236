package io.coppice.access;

import java.util.ArrayDeque;
import java.util.Queue;

/** Lets a bounded number of questions be under way at the same time, and a bounded number wait for that. Any thread. */
final class CallQueue {
    /** Something to be asked. */
    interface Question {
        /**
         * Asks, without waiting for the answer.
         *
         * @param done to be run once, when the answer is there, after this has returned or on another thread
         * @return false where there is nothing to wait for after all; then {@code done} is not run
         */
        boolean ask(Runnable done);
    }

    private record Waiting(Object of, Question question) {}

    private final int concurrentMax;
    private final int waitingMax;
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private int underWay;

    CallQueue(int concurrentMax, int waitingMax) {
        this.concurrentMax = concurrentMax;
        this.waitingMax = waitingMax;
    }

    /**
     * Has a question asked, now or later.
     *
     * @param of whose it is
     * @return false where too many wait already
     */
    boolean submit(Object of, Question question) {
        synchronized (this) {
            if (underWay == concurrentMax) {
                return waiting.size() < waitingMax && waiting.add(new Waiting(of, question));
            }
            underWay++;
        }
        if (!question.ask(this::done)) {
            done();
        }
        return true;
    }

    /** The place of a question is given to the next one. */
    private void done() {
        Waiting next;
        do {
            synchronized (this) {
                next = waiting.poll();
                if (next == null) {
                    underWay--;
                    return;
                }
            }
        } while (!next.question.ask(this::done));
    }

    /** Drops a question that still waits. */
    synchronized void withdraw(Object of) {
        waiting.removeIf(each -> each.of == of);
    }

    synchronized int waiting() {
        return waiting.size();
    }

    synchronized int underWay() {
        return underWay;
    }
}
