package io.coppice;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What has to be let go of, the latest first. */
final class Undo {
    /** Lets go of one thing. */
    interface Step {
        void run() throws Exception;
    }

    private final Deque<Step> steps = new ArrayDeque<>();

    void add(Step step) {
        steps.push(step);
    }

    /**
     * Takes every step, also after one that failed.
     *
     * @throws Exception the first failure, the others added to it
     */
    void run() throws Exception {
        @Nullable Exception first = null;
        while (!steps.isEmpty()) {
            try {
                steps.pop().run();
            } catch (Exception failure) {
                if (first == null) {
                    first = failure;
                } else {
                    first.addSuppressed(failure);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
