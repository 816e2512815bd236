package io.coppice.topic;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A topic and, on the lines behind it, filters: the tree answers as the rules of the standard do, level by level. */
public final class TopicFuzz {
    private static final int LINES_MAX = 64;

    private TopicFuzz() {}

    public static List<byte[]> seeds() {
        return List.of(
                "a/b/c\na/b/c\na/+/c\n+/b/#\n#\n$share/g/a/#\na/b".getBytes(UTF_8),
                "$SYS/x\n#\n+/x\n$SYS/#\n$SYS/+".getBytes(UTF_8),
                "/\n/\n+/+\n/+\n/#\n//".getBytes(UTF_8),
                "a//b/\na/+/b/+\na//b/#\na/+/+/\n+/+/+/+".getBytes(UTF_8));
    }

    public static void fuzzerTestOneInput(byte[] input) {
        String[] lines = new String(input, UTF_8).split("\n", LINES_MAX);
        TopicName topic;
        try {
            topic = TopicName.of(lines[0]);
        } catch (ProtocolError refused) {
            return;
        }
        SubscriptionTree tree = new SubscriptionTree(1);
        Map<String, Member> members = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            Member member = new Member("c" + i);
            try {
                if (!members.containsKey(lines[i])) {
                    tree.put(Member.to(lines[i]), member);
                    members.put(lines[i], member);
                }
            } catch (ProtocolError refused) {
                // no filter
            }
        }
        compare(tree, members, topic);
        List<String> filters = new ArrayList<>(members.keySet());
        for (int i = 0; i < filters.size(); i += 2) {
            tree.remove(Member.to(filters.get(i)).filter(), members.remove(filters.get(i)));
        }
        compare(tree, members, topic);
        members.forEach((filter, member) -> tree.remove(Member.to(filter).filter(), member));
        require(tree.size() == 0 && tree.root().below == null, "something is left");
    }

    private static void compare(SubscriptionTree tree, Map<String, Member> members, TopicName topic) {
        int plain = 0;
        int shared = 0;
        for (String filter : members.keySet()) {
            var parsed = Member.to(filter).filter();
            if (Naive.matches(parsed.inner(), topic.value())) {
                plain += parsed.isShared() ? 0 : 1;
                shared += parsed.isShared() ? 1 : 0;
            }
        }
        Matches found = tree.match(topic);
        require(found.size() == plain && found.groups() == shared, topic + ": " + members.keySet());
        require(tree.size() == members.size(), "size");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
