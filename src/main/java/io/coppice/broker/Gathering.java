package io.coppice.broker;

import io.coppice.port.NodeView.Page;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/** What several loops have found, brought together as one page. Any loop. */
final class Gathering<T> {
    private final Comparator<T> order;
    private final int limit;
    private final Consumer<Page<T>> then;
    private final List<T> all = new ArrayList<>();
    private int missing;

    /** @param loops of which each tells its part once */
    Gathering(int loops, Comparator<T> order, int limit, Consumer<Page<T>> then) {
        this.missing = loops;
        this.order = order;
        this.limit = limit;
        this.then = then;
    }

    /** @param part at least the first of what the loop has, and one more than the page takes where there are as many */
    void add(List<T> part) {
        if (added(part)) {
            all.sort(order);
            then.accept(new Page<>(all.subList(0, Math.min(limit, all.size())), all.size() > limit));
        }
    }

    private synchronized boolean added(List<T> part) {
        all.addAll(part);
        return --missing == 0;
    }
}
