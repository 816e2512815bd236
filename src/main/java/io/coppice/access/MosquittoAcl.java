package io.coppice.access;

import io.coppice.config.ConfigException;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.Gatekeeper.Identity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules of an ACL file as Mosquitto reads it (mosquitto.conf(5), acl_file): the topics of the client's user, or those before
 * the first user for clients without name; then the patterns, which are for everybody. A topic that is denied among the first
 * is not looked for among the others, nor one that is granted there.
 */
final class MosquittoAcl implements RuleBook {
    private record Pattern(String filter, int rights) {}

    private final TopicRules nameless = new TopicRules();
    private final Map<String, TopicRules> users = new HashMap<>();
    /** Patterns that are the same for all. */
    private final TopicRules fixed = new TopicRules();

    private final List<Pattern> patterns = new ArrayList<>();
    private int size;

    private MosquittoAcl() {}

    /**
     * Reads a whole file.
     *
     * @param rulesMax how many rules it may have
     * @throws ConfigException with all that is wrong
     */
    static MosquittoAcl read(Path file, String text, int rulesMax) throws ConfigException {
        MosquittoAcl acl = new MosquittoAcl();
        Faults faults = new Faults(file);
        acl.new Reader(faults, rulesMax).read(text);
        faults.tell();
        return acl;
    }

    private final class Reader {
        private final Faults faults;
        private final int rulesMax;
        private TopicRules topics = nameless;
        private int line;

        Reader(Faults faults, int rulesMax) {
            this.faults = faults;
            this.rulesMax = rulesMax;
        }

        void read(String text) {
            for (String each : text.split("\n", -1)) {
                line++;
                if (!each.startsWith("#")) {
                    statement(each.strip());
                }
            }
        }

        private void statement(String text) {
            if (text.isEmpty()) {
                return;
            }
            int space = text.indexOf(' ');
            String word = space < 0 ? text : text.substring(0, space);
            String rest = space < 0 ? "" : text.substring(space).strip();
            switch (word) {
                case "user" -> user(rest);
                case "topic" -> rule(word, rest, false);
                case "pattern" -> rule(word, rest, true);
                default ->
                    faults.add(
                            line,
                            Faults.shown(word)
                                    + " is not allowed; allowed: user, topic or pattern, and # before a comment as the first character");
            }
        }

        private void user(String name) {
            if (name.isEmpty()) {
                faults.add(line, "'user' without a name is not allowed; allowed: user NAME");
            } else {
                topics = users.computeIfAbsent(name, unknown -> new TopicRules());
            }
        }

        private void rule(String word, String rest, boolean pattern) {
            if (rest.isEmpty()) {
                faults.add(
                        line,
                        "'" + word + "' without a topic is not allowed; allowed: " + word
                                + " [read|write|readwrite|deny] TOPIC");
                return;
            }
            int space = rest.indexOf(' ');
            Integer rights =
                    space < 0 ? (Integer) (TopicRules.READ | TopicRules.WRITE) : rights(rest.substring(0, space));
            if (rights == null) {
                faults.add(
                        line,
                        Faults.shown(rest.substring(0, space))
                                + " is not allowed; allowed: read, write, readwrite or deny before a topic, and one of them where "
                                + "the topic holds a space");
                return;
            }
            String filter = space < 0 ? rest : rest.substring(space).strip();
            TopicFilter checked = checked(filter);
            if (checked == null) {
                return;
            }
            if (++size > rulesMax) {
                if (size == rulesMax + 1) {
                    faults.add(line, "one rule too many; allowed: up to " + rulesMax);
                }
            } else if (!pattern) {
                topics.add(checked, rights);
            } else if (Placeholders.isIn(filter)) {
                patterns.add(new Pattern(filter, rights));
            } else {
                fixed.add(checked, rights);
            }
        }

        private @Nullable TopicFilter checked(String filter) {
            try {
                return RuleFile.filter(filter);
            } catch (ProtocolError wrong) {
                faults.add(line, wrong.detail());
                return null;
            }
        }
    }

    private static @Nullable Integer rights(String word) {
        return switch (word) {
            case "read" -> TopicRules.READ;
            case "write" -> TopicRules.WRITE;
            case "readwrite" -> TopicRules.READ | TopicRules.WRITE;
            case "deny" -> TopicRules.DENY_READ | TopicRules.DENY_WRITE;
            default -> null;
        };
    }

    @Override
    public Rights rightsOf(Identity who) {
        String user = who.userName();
        TopicRules own = user == null ? nameless : users.get(user);
        return new Rights(List.of(own == null ? List.of() : List.of(own), patternsOf(who)));
    }

    @Override
    public Rights rightsOf(Publisher publisher) {
        return rightsOf(new Identity(publisher.clientId(), publisher.user(), "", "", null));
    }

    /** None for a client whose name is a wildcard: where it stands in for a level, it would match those of others. */
    private List<TopicRules> patternsOf(Identity who) {
        if (Placeholders.hasWildcard(who.clientId()) || Placeholders.hasWildcard(who.userName())) {
            return List.of();
        }
        if (patterns.isEmpty()) {
            return List.of(fixed);
        }
        TopicRules filled = new TopicRules();
        for (Pattern pattern : patterns) {
            TopicFilter filter = Placeholders.fill(pattern.filter(), who);
            if (filter != null) {
                filled.add(filter, pattern.rights());
            }
        }
        return List.of(fixed, filled);
    }

    @Override
    public int size() {
        return size;
    }
}
