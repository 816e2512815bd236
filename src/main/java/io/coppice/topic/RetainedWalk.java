package io.coppice.topic;

import io.coppice.mqtt.Message;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** A walk over the retained topics that a filter matches, in steps of one node each, while others write. */
final class RetainedWalk {
    private final String[] filter;
    private final boolean everything;
    private final ArrayDeque<Frame> open = new ArrayDeque<>(4);

    /** Where the next step goes, or null for the next child of the innermost open frame. */
    private @Nullable RetainedNode node;

    private int depth;
    private boolean finished;

    /** Children still to be visited, and the place in the filter at which they stand. */
    private record Frame(Iterator<RetainedNode> children, int depth, boolean hidesSystem) {}

    /** @param everything whether a wildcard at the beginning matches topics that begin with '$' too */
    RetainedWalk(RetainedNode root, String[] filter, boolean everything) {
        this.node = root;
        this.filter = filter;
        this.everything = everything;
    }

    boolean finished() {
        return finished;
    }

    /** Visits one node; returns its message if there is one and it matches. */
    @Nullable
    Message step() {
        RetainedNode here = node;
        if (here != null) {
            return visit(here);
        }
        Frame frame = open.peekLast();
        if (frame == null) {
            finished = true;
            return null;
        }
        if (!frame.children.hasNext()) {
            open.removeLast();
            return null;
        }
        RetainedNode child = frame.children.next();
        if (frame.hidesSystem && child.isSystem()) {
            return null;
        }
        depth = frame.depth;
        return visit(child);
    }

    private @Nullable Message visit(RetainedNode here) {
        if (depth == filter.length) {
            node = null;
            return here.message;
        }
        String wanted = filter[depth];
        switch (wanted) {
            case "#" -> {
                Message message = here.message;
                descend(here, depth);
                return message;
            }
            case "+" -> descend(here, depth + 1);
            default -> {
                node = here.child(wanted);
                depth++;
            }
        }
        return null;
    }

    private void descend(RetainedNode here, int below) {
        // A wildcard at the beginning does not match a topic that begins with '$' (MQTT-4.7.2-1).
        boolean hidesSystem = here.parent == null && !everything;
        Object children = here.children;
        node = null;
        if (children instanceof RetainedNode only) {
            // No frame: a long chain of single children would leave one for each of them.
            node = hidesSystem && only.isSystem() ? null : only;
            depth = below;
        } else if (children != null) {
            open.addLast(new Frame(Bag.iterator(children), below, hidesSystem));
        }
    }
}
