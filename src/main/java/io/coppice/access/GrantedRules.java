package io.coppice.access;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.TopicFilter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a token, or an answer over HTTP, lets its client do: filters by what they are for, such as {@code {"publish":
 * ["a/%c"], "subscribe": ["a/#"], "deny": ["a/b"]}}, or a list of rules, such as {@code [{"permission": "allow", "action":
 * "publish", "topic": "a/${clientid}"}]}. What is not understood is wrong as a whole, for it may have been a denial.
 */
final class GrantedRules {
    private static final Concerned HIM =
            new Concerned(null, List.of(), List.of(), List.of(), List.of(), Concerned.Certificate.ANY);
    private static final Set<String> OF_A_RULE = Set.of("permission", "action", "topic");

    private final YamlRules rules = new YamlRules();
    private final int filtersMax;

    private GrantedRules(int filtersMax) {
        this.filtersMax = filtersMax;
    }

    /**
     * The rules that are meant.
     *
     * @param acl as it was read from JSON
     * @throws IllegalArgumentException with what is wrong, without what was read
     */
    static RuleBook of(@Nullable Object acl, int filtersMax) {
        GrantedRules reading = new GrantedRules(filtersMax);
        if (acl instanceof Map<?, ?> byRight) {
            byRight.forEach((word, filters) -> reading.addAll(rightsOf(word), filters));
        } else if (acl instanceof List<?> list) {
            list.forEach(reading::addRule);
        } else {
            throw wrong("neither an object nor a list");
        }
        return reading.rules;
    }

    /** Those of a client that may do everything that a client can do. */
    static RuleBook everything() {
        GrantedRules all = new GrantedRules(2);
        all.add("#", TopicRules.READ | TopicRules.WRITE);
        all.add("$SYS/#", TopicRules.READ);
        return all.rules;
    }

    private static int rightsOf(@Nullable Object word) {
        if (word instanceof String text) {
            switch (text) {
                case "pub", "publish", "write" -> {
                    return TopicRules.WRITE;
                }
                case "sub", "subscribe", "read" -> {
                    return TopicRules.READ;
                }
                case "all", "readwrite" -> {
                    return TopicRules.READ | TopicRules.WRITE;
                }
                case "deny-publish", "deny-write" -> {
                    return TopicRules.DENY_WRITE;
                }
                case "deny-subscribe", "deny-read" -> {
                    return TopicRules.DENY_READ;
                }
                case "deny" -> {
                    return TopicRules.DENY_READ | TopicRules.DENY_WRITE;
                }
                default -> {}
            }
        }
        throw wrong("a word that is none of publish, subscribe, all, deny-publish, deny-subscribe and deny");
    }

    private void addAll(int rights, @Nullable Object filters) {
        if (filters instanceof List<?> list) {
            list.forEach(filter -> add(filter, rights));
        } else {
            add(filters, rights);
        }
    }

    private void addRule(@Nullable Object rule) {
        if (!(rule instanceof Map<?, ?> entries) || !OF_A_RULE.equals(entries.keySet())) {
            throw wrong("a rule that has not exactly permission, action and topic");
        }
        int rights = actionOf(entries.get("action"));
        Object permission = entries.get("permission");
        if ("deny".equals(permission)) {
            rights <<= TopicRules.DENIAL;
        } else if (!"allow".equals(permission)) {
            throw wrong("a permission that is neither allow nor deny");
        }
        addAll(rights, entries.get("topic"));
    }

    private static int actionOf(@Nullable Object action) {
        if (action instanceof String text) {
            switch (text) {
                case "publish" -> {
                    return TopicRules.WRITE;
                }
                case "subscribe" -> {
                    return TopicRules.READ;
                }
                case "all" -> {
                    return TopicRules.READ | TopicRules.WRITE;
                }
                default -> {}
            }
        }
        throw wrong("an action that is none of publish, subscribe and all");
    }

    private void add(@Nullable Object said, int rights) {
        if (!(said instanceof String text)) {
            throw wrong("a filter that is no text");
        }
        if (rules.size() == filtersMax) {
            throw wrong("more than " + filtersMax + " filters");
        }
        String filter = text.replace("${clientid}", "%c").replace("${username}", "%u");
        if (filter.contains("${") || filter.startsWith("eq ")) {
            throw wrong("a filter with what nobody here can fill in");
        }
        TopicFilter checked;
        try {
            checked = RuleFile.filter(filter);
        } catch (ProtocolError malformed) {
            throw wrong("a filter that is none");
        }
        rules.add(HIM, filter, checked, rights);
    }

    private static IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("the list of rights holds " + what);
    }
}
