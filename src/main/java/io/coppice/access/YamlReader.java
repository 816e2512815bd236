package io.coppice.access;

import io.coppice.config.AddressRange;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.TopicFilter;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/** A file of rules in YAML. As with the configuration, only its tree of nodes is composed, and no object is made of it. */
final class YamlReader {
    private static final Map<String, Integer> RIGHTS = rights();
    private static final List<String> KEYS = Stream.concat(
                    Stream.of("anonymous", "users", "clients", "addresses", "listeners", "certificate"),
                    RIGHTS.keySet().stream())
            .toList();
    private static final List<String> ATTRIBUTES =
            List.of("subject", "common-name", "dns-name", "email", "uri", "issuer");

    private final Faults faults;
    private final YamlRules rules;
    private final int rulesMax;

    YamlReader(Faults faults, YamlRules rules, int rulesMax) {
        this.faults = faults;
        this.rules = rules;
        this.rulesMax = rulesMax;
    }

    private static Map<String, Integer> rights() {
        Map<String, Integer> rights = new LinkedHashMap<>();
        rights.put("read", TopicRules.READ);
        rights.put("write", TopicRules.WRITE);
        rights.put("readwrite", TopicRules.READ | TopicRules.WRITE);
        rights.put("deny-read", TopicRules.DENY_READ);
        rights.put("deny-write", TopicRules.DENY_WRITE);
        rights.put("deny", TopicRules.DENY_READ | TopicRules.DENY_WRITE);
        return Collections.unmodifiableMap(rights);
    }

    void read(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(RuleFile.BYTES_MAX);
        try {
            Node root = new Composer(
                            new ParserImpl(new StreamReader(new StringReader(text)), options), new Resolver(), options)
                    .getSingleNode();
            if (root == null) {
                faults.add(1, "the file is empty; allowed: rules: and a list of rules, which may be []");
            } else {
                file(root);
            }
        } catch (MarkedYAMLException malformed) {
            Mark mark = malformed.getProblemMark();
            faults.add(mark == null ? 1 : mark.getLine() + 1, "not YAML: " + malformed.getProblem());
        } catch (YAMLException malformed) {
            faults.add(1, "not YAML: " + malformed.getMessage());
        }
    }

    private void file(Node root) {
        Map<String, Node> entries = mapping(root, List.of("rules"));
        Node list = entries.get("rules");
        if (list instanceof SequenceNode sequence) {
            sequence.getValue().forEach(this::rule);
        } else {
            add(list == null ? root : list, "there is no list of rules; allowed: rules: and a list, which may be []");
        }
    }

    private void rule(Node node) {
        Map<String, Node> entries = mapping(node, KEYS);
        Concerned concerned = concerned(entries);
        boolean says = false;
        for (Map.Entry<String, Integer> right : RIGHTS.entrySet()) {
            Node filters = entries.get(right.getKey());
            if (filters != null) {
                says = true;
                for (ScalarNode filter : scalars(filters)) {
                    add(concerned, filter, right.getValue());
                }
            }
        }
        if (!says && node instanceof MappingNode) {
            add(
                    node,
                    "a rule that grants and denies nothing; allowed: one or more of "
                            + String.join(", ", RIGHTS.keySet()));
        }
    }

    private void add(Concerned concerned, ScalarNode node, int rights) {
        TopicFilter filter;
        try {
            filter = RuleFile.filter(node.getValue());
        } catch (ProtocolError wrong) {
            add(node, wrong.detail());
            return;
        }
        if (rules.size() < rulesMax) {
            rules.add(concerned, node.getValue(), filter, rights);
        } else {
            add(node, "one filter too many; allowed: up to " + rulesMax);
        }
    }

    private Concerned concerned(Map<String, Node> entries) {
        return new Concerned(
                anonymous(entries.get("anonymous")),
                globs(entries.get("users")),
                globs(entries.get("clients")),
                addresses(entries.get("addresses")),
                globs(entries.get("listeners")),
                certificate(entries.get("certificate")));
    }

    private @Nullable Boolean anonymous(@Nullable Node node) {
        if (node == null) {
            return null;
        }
        String value = node instanceof ScalarNode scalar ? scalar.getValue() : "";
        if (!value.equals("true") && !value.equals("false")) {
            add(node, "anonymous is not allowed to be " + describe(node) + "; allowed: true or false");
        }
        return value.equals("true");
    }

    private Concerned.Certificate certificate(@Nullable Node node) {
        if (node == null) {
            return Concerned.Certificate.ANY;
        }
        Map<String, Node> entries = mapping(node, ATTRIBUTES);
        if (entries.isEmpty()) {
            add(node, "a certificate of which nothing is asked; allowed: " + String.join(", ", ATTRIBUTES));
        }
        return new Concerned.Certificate(
                globs(entries.get("subject")),
                globs(entries.get("common-name")),
                globs(entries.get("dns-name")),
                globs(entries.get("email")),
                globs(entries.get("uri")),
                globs(entries.get("issuer")));
    }

    private List<Glob> globs(@Nullable Node node) {
        return node == null
                ? List.of()
                : scalars(node).stream()
                        .map(scalar -> new Glob(scalar.getValue()))
                        .toList();
    }

    private List<AddressRange> addresses(@Nullable Node node) {
        List<AddressRange> ranges = new ArrayList<>();
        for (ScalarNode scalar : node == null ? List.<ScalarNode>of() : scalars(node)) {
            AddressRange range = AddressRange.of(scalar.getValue());
            if (range == null) {
                add(
                        scalar,
                        Faults.shown(scalar.getValue())
                                + " is not allowed; allowed: an IP address, or a range such as 10.0.0.0/8");
            } else {
                ranges.add(range);
            }
        }
        return ranges;
    }

    /** One value or a list of them; an empty list is no condition that anybody could mean, and no right. */
    private List<ScalarNode> scalars(Node node) {
        List<ScalarNode> scalars = new ArrayList<>();
        List<Node> nodes = node instanceof SequenceNode list ? list.getValue() : List.of(node);
        for (Node each : nodes) {
            if (each instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)) {
                scalars.add(scalar);
            } else {
                add(each, describe(each) + " is not allowed; allowed: a text, or a list of texts");
            }
        }
        if (nodes.isEmpty()) {
            add(node, "an empty list is not allowed; allowed: a text, or a list of texts; or leave the key out");
        }
        return scalars;
    }

    private Map<String, Node> mapping(Node node, List<String> allowed) {
        Map<String, Node> entries = new LinkedHashMap<>();
        if (!(node instanceof MappingNode mapping)) {
            add(node, describe(node) + " is not allowed; allowed: a mapping of " + String.join(", ", allowed));
            return entries;
        }
        for (NodeTuple entry : mapping.getValue()) {
            String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            if (!allowed.contains(key)) {
                add(entry.getKeyNode(), Faults.shown(key) + " is not allowed; allowed: " + String.join(", ", allowed));
            } else if (entries.putIfAbsent(key, entry.getValueNode()) != null) {
                add(entry.getKeyNode(), "'" + key + "' is given twice; allowed: once");
            }
        }
        return entries;
    }

    private static String describe(Node node) {
        if (node.getTag().equals(Tag.NULL)) {
            return "nothing";
        }
        return switch (node.getNodeId()) {
            case sequence -> "a list";
            case mapping -> "a mapping";
            default -> "a single value";
        };
    }

    private void add(Node node, String what) {
        faults.add(node.getStartMark().getLine() + 1, what);
    }
}
