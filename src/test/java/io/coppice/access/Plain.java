package io.coppice.access;

import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Identity;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/** An ACL file taken line by line, without any structure. */
final class Plain {
    private Plain() {}

    /** @param user whose line it is; null before the first */
    record Line(boolean pattern, String user, String access, String filter) {
        static Line random(SplittableRandom random, String user) {
            boolean pattern = random.nextInt(3) == 0;
            String access = List.of("read", "write", "readwrite", "deny").get(random.nextInt(4));
            String filter = TopicRulesTest.path(random, true);
            if (pattern && random.nextBoolean()) {
                filter = List.of("%u", "%c", "a/%u", "a/%c", "%u/#").get(random.nextInt(5));
            }
            return new Line(pattern, user, access, filter);
        }

        @Override
        public String toString() {
            return (pattern ? "pattern " : "topic ") + access + " " + filter;
        }
    }

    static String access(List<Line> lines, Identity who, TopicName topic) {
        return (may(lines, who, topic, "read") ? "r" : "-") + (may(lines, who, topic, "write") ? "w" : "-");
    }

    private static boolean may(List<Line> lines, Identity who, TopicName topic, String wanted) {
        for (boolean pattern : new boolean[] {false, true}) {
            boolean granted = false;
            for (Line line : lines) {
                boolean concerns = line.pattern == pattern && (pattern || Objects.equals(line.user, who.userName()));
                if (!concerns || !matches(line, who, topic)) {
                    continue;
                }
                if (line.access.equals("deny")) {
                    return false;
                }
                granted |= line.access.contains(wanted);
            }
            if (granted) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(Line line, Identity who, TopicName topic) {
        String filter = line.filter;
        if (line.pattern) {
            if (filter.contains("%u") && who.userName() == null) {
                return false;
            }
            filter = filter.replace("%c", who.clientId()).replace("%u", String.valueOf(who.userName()));
        }
        return TopicFilter.of(filter).matches(topic);
    }
}
