package io.coppice.topic;

import java.util.Random;

/** The rules of MQTT 5, 4.7, level by level, and topics and filters to hold against them. */
final class Naive {
    private static final String[] LEVELS = {
        "", "a", "b", "a", "b", "$SYS", "+", "é", "ninebytes", "ninebyteS", "ninebytes and many more"
    };

    private Naive() {}

    static boolean matches(String filter, String topic) {
        if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) {
            return false;
        }
        String[] wanted = filter.split("/", -1);
        String[] levels = topic.split("/", -1);
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].equals("#")) {
                return true;
            }
            if (i == levels.length || !wanted[i].equals("+") && !wanted[i].equals(levels[i])) {
                return false;
            }
        }
        return wanted.length == levels.length;
    }

    static String filter(Random random) {
        String filter = path(random, true);
        if (random.nextInt(4) == 0) {
            return random.nextInt(8) == 0 ? "#" : filter + "/#";
        }
        return filter.isEmpty() ? "/" : filter;
    }

    /** Of few names and up to 12 levels: filters begin alike, and fork and end at every depth. */
    static String deepFilter(Random random) {
        String filter = deepPath(random, true);
        return random.nextInt(4) == 0 ? filter + "/#" : filter;
    }

    static String deepTopic(Random random) {
        return deepPath(random, false);
    }

    private static String deepPath(Random random, boolean wildcards) {
        int more = random.nextInt(12);
        StringBuilder path = new StringBuilder(wildcards && random.nextInt(4) == 0 ? "+" : "a");
        for (int i = 0; i < more; i++) {
            int choice = random.nextInt(24);
            path.append(
                    choice == 0
                            ? "/b"
                            : choice == 1
                                    ? "/"
                                    : choice == 2
                                            ? "/ninebytes"
                                            : choice == 3 ? "/ninebyteS" : choice < 9 && wildcards ? "/+" : "/a");
        }
        return path.toString();
    }

    static String topic(Random random) {
        String topic = path(random, false);
        return topic.isEmpty() ? "/" : topic;
    }

    private static String path(Random random, boolean wildcards) {
        int levels = random.nextInt(50) == 0 ? 40 : 1 + random.nextInt(4);
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < levels; i++) {
            String level = LEVELS[random.nextInt(LEVELS.length)];
            path.append(i == 0 ? "" : "/").append(level.equals("+") && !wildcards ? "a" : level);
        }
        return path.toString();
    }
}
