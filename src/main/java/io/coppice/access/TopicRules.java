package io.coppice.access;

import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import org.jspecify.annotations.Nullable;

/**
 * Topic filters, each with what it grants or denies, as a tree of their levels: what a topic is given costs as many steps as it
 * has levels, however many filters there are, and allocates nothing. Filled by one thread, then read by any.
 */
final class TopicRules {
    static final int READ = 1;
    static final int WRITE = 2;
    /** So many bits higher than a right is what denies it. */
    static final int DENIAL = 2;

    static final int DENY_READ = READ << DENIAL;
    static final int DENY_WRITE = WRITE << DENIAL;

    private static final Node[] NO_NODES = {};

    private static final class Node {
        final String level;
        /** Rights of the filters that end here. */
        int ends;
        /** Rights of those that end in '#' right below. */
        int below;
        /** Child for '+'. */
        @Nullable
        Node any;
        /** The other children by the hash of their level; a power of two of places, at least a quarter of them free. */
        @Nullable
        Node[] children = NO_NODES;

        private int size;

        Node(String level) {
            this.level = level;
        }

        /** The child for the level that is from start to end of a path, or null. */
        @Nullable
        Node child(String path, int start, int end) {
            int mask = children.length - 1;
            if (mask < 0) {
                return null;
            }
            int hash = 0;
            for (int i = start; i < end; i++) {
                hash = 31 * hash + path.charAt(i);
            }
            for (int place = spread(hash) & mask; ; place = place + 1 & mask) {
                Node here = children[place];
                if (here == null || here.level.length() == end - start && path.startsWith(here.level, start)) {
                    return here;
                }
            }
        }

        Node make(String wanted) {
            Node there = child(wanted, 0, wanted.length());
            if (there != null) {
                return there;
            }
            if (++size > children.length * 3 / 4) {
                @Nullable Node[] old = children;
                children = new @Nullable Node[old.length == 0 ? 2 : old.length * 2];
                for (Node each : old) {
                    if (each != null) {
                        put(each);
                    }
                }
            }
            Node made = new Node(wanted);
            put(made);
            return made;
        }

        private void put(Node node) {
            int mask = children.length - 1;
            int place = spread(node.level.hashCode()) & mask;
            while (children[place] != null) {
                place = place + 1 & mask;
            }
            children[place] = node;
        }

        private static int spread(int hash) {
            return hash ^ hash >>> 16;
        }
    }

    private final Node root = new Node("");

    /** @param filter that is no shared subscription */
    void add(TopicFilter filter, int rights) {
        Node here = root;
        for (String level : filter.levels()) {
            if (level.equals("#")) {
                here.below |= rights;
                return;
            }
            if (level.equals("+")) {
                Node any = here.any == null ? new Node("+") : here.any;
                here.any = any;
                here = any;
            } else {
                here = here.make(level);
            }
        }
        here.ends |= rights;
    }

    /** Takes back what a filter gave; its levels stay. */
    void remove(TopicFilter filter, int rights) {
        Node here = root;
        for (String level : filter.levels()) {
            if (level.equals("#")) {
                here.below &= ~rights;
                return;
            }
            Node next = level.equals("+") ? here.any : here.child(level, 0, level.length());
            if (next == null) {
                return;
            }
            here = next;
        }
        here.ends &= ~rights;
    }

    /** The rights of all filters that a topic matches (MQTT 5, 4.7). */
    int match(TopicName topic) {
        String path = topic.value();
        if (!topic.isSystem()) {
            return match(root, path, 0);
        }
        // a wildcard at the beginning matches none of these (MQTT-4.7.2-1)
        int end = levelEnd(path, 0);
        Node first = root.child(path, 0, end);
        return first == null ? 0 : match(first, path, end + 1);
    }

    /** @param start of the level that is next; the length of the path plus 1 when there is none */
    private static int match(Node here, String path, int start) {
        if (start > path.length()) {
            return here.ends | here.below; // "a/#" matches "a" too
        }
        int rights = here.below;
        int end = levelEnd(path, start);
        Node same = here.child(path, start, end);
        if (same != null) {
            rights |= match(same, path, end + 1);
        }
        if (here.any != null) {
            rights |= match(here.any, path, end + 1);
        }
        return rights;
    }

    private static int levelEnd(String path, int start) {
        int slash = path.indexOf('/', start);
        return slash < 0 ? path.length() : slash;
    }

    /** Whether there may be a topic that matches both the filter and one here that gives any of some rights. */
    boolean overlaps(TopicFilter filter, int rights) {
        return overlaps(root, filter.levels(), 0, rights);
    }

    private static boolean overlaps(Node here, String[] levels, int at, int rights) {
        boolean system = at == 0 && levels[0].startsWith("$");
        if (!system && (here.below & rights) != 0) {
            return true;
        }
        if (at == levels.length) {
            return (here.ends & rights) != 0;
        }
        String level = levels[at];
        boolean rest = level.equals("#");
        if (rest && (here.ends & rights) != 0) {
            return true;
        }
        Node any = system ? null : here.any;
        if (any != null && (rest ? has(any, rights) : overlaps(any, levels, at + 1, rights))) {
            return true;
        }
        if (!rest && !level.equals("+")) {
            Node same = here.child(level, 0, level.length());
            return same != null && overlaps(same, levels, at + 1, rights);
        }
        for (Node child : here.children) {
            boolean hidden = child != null && at == 0 && child.level.startsWith("$");
            if (child != null && !hidden && (rest ? has(child, rights) : overlaps(child, levels, at + 1, rights))) {
                return true;
            }
        }
        return false;
    }

    /** Whether any filter at a node or below gives any of some rights. */
    private static boolean has(Node here, int rights) {
        if (((here.ends | here.below) & rights) != 0 || here.any != null && has(here.any, rights)) {
            return true;
        }
        for (Node child : here.children) {
            if (child != null && has(child, rights)) {
                return true;
            }
        }
        return false;
    }

    /** Whether one filter here that gives any of some rights matches every topic that the filter matches. */
    boolean covers(TopicFilter filter, int rights) {
        return covers(root, filter.levels(), 0, rights);
    }

    private static boolean covers(Node here, String[] levels, int at, int rights) {
        boolean system = at == 0 && levels[0].startsWith("$");
        if (!system && (here.below & rights) != 0) {
            return true;
        }
        if (at == levels.length) {
            return (here.ends & rights) != 0;
        }
        String level = levels[at];
        if (level.equals("#")) {
            return false;
        }
        if (!system && here.any != null && covers(here.any, levels, at + 1, rights)) {
            return true;
        }
        Node same = level.equals("+") ? null : here.child(level, 0, level.length());
        return same != null && covers(same, levels, at + 1, rights);
    }
}
