package io.coppice.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
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

/**
 * A configuration file in YAML. Only its tree of nodes is composed, which keeps the lines and constructs no objects
 * from what a file names.
 */
final class ConfigFile {
    private static final int BYTES_MAX = 4 << 20;

    private final Path path;
    private final Draft draft;
    private final Map<String, Integer> lines = new HashMap<>();

    private ConfigFile(Path path, Draft draft) {
        this.path = path;
        this.draft = draft;
    }

    /** Gives a draft all values of a file, and every fault of it with its line. */
    static void read(Path path, Draft draft) {
        try {
            read(path, text(path), draft);
        } catch (NoSuchFileException missing) {
            draft.fault(path + ": there is no such file");
        } catch (CharacterCodingException notUtf8) {
            draft.fault(path + ": the file is not UTF-8");
        } catch (IOException unreadable) {
            draft.fault(path + ": the file cannot be read: " + unreadable);
        }
    }

    private static String text(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] content = in.readNBytes(BYTES_MAX + 1);
            if (content.length > BYTES_MAX) {
                throw new IOException("it is larger than " + BYTES_MAX + " bytes");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        }
    }

    /** As above, of what the file has. */
    static void read(Path path, String text, Draft draft) {
        new ConfigFile(path, draft).read(text);
    }

    private void read(String text) {
        try {
            Node root = compose(text);
            if (root != null && !isNull(root)) {
                group("", root);
            }
        } catch (MarkedYAMLException malformed) {
            Mark mark = malformed.getProblemMark();
            draft.fault((mark == null ? path.toString() : source(mark)) + ": not YAML: "
                    + quotingNothing(malformed.getProblem()));
        } catch (YAMLException malformed) {
            draft.fault(path + ": not YAML: " + malformed.getMessage());
        }
    }

    /** A password that begins with * or ! is taken for an alias or a tag, and would be named. */
    private static String quotingNothing(String problem) {
        return problem.replaceFirst("(?s)(alias|handle|anchor|tag|prefix) .*", "$1");
    }

    private static @Nullable Node compose(String text) {
        LoaderOptions options = new LoaderOptions();
        return new Composer(new ParserImpl(new StreamReader(new StringReader(text)), options), new Resolver(), options)
                .getSingleNode();
    }

    private void group(String prefix, Node node) {
        if (!(node instanceof MappingNode mapping)) {
            String name = prefix.isEmpty() ? "the file" : prefix;
            draft.fault(name + ": " + describe(node) + " (" + source(node.getStartMark())
                    + ") is not allowed; allowed: a mapping of keys to values");
            return;
        }
        for (NodeTuple entry : mapping.getValue()) {
            if (entry.getKeyNode() instanceof ScalarNode key) {
                entry(prefix.isEmpty() ? key.getValue() : prefix + "." + key.getValue(), key, entry.getValueNode());
            } else {
                draft.fault(source(entry.getKeyNode().getStartMark()) + ": " + describe(entry.getKeyNode())
                        + " is not allowed as a key; allowed: a word");
            }
        }
    }

    private void entry(String name, ScalarNode key, Node value) {
        String source = source(key.getStartMark());
        Integer before = lines.putIfAbsent(name, key.getStartMark().getLine() + 1);
        if (before != null) {
            draft.fault(name + " (" + source + ") is given twice; allowed: once, and it is in line " + before);
        } else if (draft.isGroup(name)) {
            if (!isNull(value)) {
                group(name, value);
            }
        } else if (value instanceof ScalarNode scalar) {
            draft.give(name, isNull(scalar) ? "" : scalar.getValue(), source);
        } else if (value instanceof SequenceNode list && draft.isList(name) && isFlat(list)) {
            draft.give(name, joined(list), source);
        } else {
            draft.refuse(name, describe(value), source);
        }
    }

    private static boolean isFlat(SequenceNode list) {
        return list.getValue().stream().allMatch(ScalarNode.class::isInstance);
    }

    private static String joined(SequenceNode list) {
        return list.getValue().stream()
                .map(each -> ((ScalarNode) each).getValue())
                .collect(Collectors.joining(","));
    }

    private static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private static String describe(Node node) {
        return switch (node.getNodeId()) {
            case sequence -> "a list";
            case mapping -> "a mapping";
            default -> "a single value";
        };
    }

    private String source(Mark mark) {
        return path + ":" + (mark.getLine() + 1);
    }
}
