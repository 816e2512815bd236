package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the nodes of a subscription tree look like, from the root or another of them down. */
final class Shape {
    /** A node and the levels down to its first one, each behind a '/'. */
    record Place(SubscriptionNode node, String path) {}

    private final Deque<Place> waiting = new ArrayDeque<>();

    /** All nodes but the root. */
    final List<Place> places = new ArrayList<>();

    /** How often each filter was met that has subscriptions. */
    final Map<String, Integer> filters = new TreeMap<>();

    /** The objects that hold the texts of long levels. */
    final Set<byte[]> texts = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Nodes that nothing needs, or that could be one with the node below. */
    int superfluous;

    private Shape() {}

    static Shape of(SubscriptionTree tree) {
        Shape shape = new Shape();
        shape.visitBelow(tree.root(), "");
        shape.walk();
        return shape;
    }

    static Shape from(Place place) {
        Shape shape = new Shape();
        shape.waiting.add(place);
        shape.walk();
        return shape;
    }

    private void walk() {
        while (!waiting.isEmpty()) {
            Place place = waiting.removeLast();
            places.add(place);
            visit(place.node, place.path);
        }
    }

    private void visit(SubscriptionNode node, String path) {
        FilterPath own = node.path();
        StringBuilder names = new StringBuilder(path);
        for (int i = 0; i < own.length(); i++) {
            byte[] text = own.text(i);
            if (text != null) {
                texts.add(text);
            }
            if (i > 0) {
                names.append('/').append(name(own, i));
            }
        }
        String end = names.toString();
        Branches branches = node.below;
        if (!node.isBare()) {
            filters.merge(end.substring(1), 1, Integer::sum);
        } else if (branches == null || branches.size() < 2) {
            superfluous++;
        }
        assertThat(branches != null && node.takesAllBelow()).isFalse();
        visitBelow(node, end);
    }

    private void visitBelow(SubscriptionNode node, String path) {
        Branches branches = node.below;
        if (branches != null) {
            add(path, branches.plus);
            add(path, branches.hash);
            branches.literals().forEach(each -> add(path, each));
        }
    }

    private void add(String path, @Nullable SubscriptionNode node) {
        if (node != null) {
            waiting.add(new Place(node, path + "/" + name(node.path(), 0)));
        }
    }

    private static String name(FilterPath path, int at) {
        byte[] text = path.text(at);
        if (text == null) {
            byte[] padded =
                    ByteBuffer.allocate(Long.BYTES).putLong(path.codes()[at]).array();
            int length = Long.BYTES - Long.numberOfTrailingZeros(path.codes()[at]) / Byte.SIZE;
            text = Arrays.copyOf(padded, length);
        }
        return new String(text, StandardCharsets.UTF_8);
    }
}
