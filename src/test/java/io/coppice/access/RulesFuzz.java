package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.coppice.config.ConfigException;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Identity;
import java.nio.file.Path;
import java.util.List;

/** Files of an operator: rules in Mosquitto's words, rules in YAML, and passwords; the first byte says which. */
public final class RulesFuzz {
    private static final Path FILE = Path.of("file");
    private static final List<Identity> CLIENTS = List.of(
            new Identity("c", "u", "10.0.0.1", "mqtt", null),
            new Identity("+", "#", "::1", "ws", null),
            new Identity("a/b", null, "", "", null));
    private static final List<String> TOPICS = List.of("a", "a/u", "u/c/x", "+/x", "$SYS/a", "a/b", "#");

    private RulesFuzz() {}

    public static List<byte[]> seeds() {
        return List.of(
                bytes(0, "topic read a/#\nuser u\ntopic deny a/b\ntopic readwrite a/+\npattern write %u/%c/#\n"),
                bytes(0, "# all\npattern a/%c\n\nuser u\ntopic write $SYS/#"),
                bytes(
                        1,
                        "rules:\n- users: [u, 'v*']\n  addresses: 10.0.0.0/8\n  read: [a/#, %u/%c]\n  deny-write: b\n"),
                bytes(1, "rules:\n- anonymous: true\n  clients: '?'\n  listeners: mqtt\n  readwrite: $SYS/#\n"),
                bytes(1, "rules:\n- certificate: {common-name: 'x*', dns-name: [y]}\n  deny: '%c/+'\n"),
                bytes(
                        2,
                        "u:$7$1000$YWJjZGVmZ2hpamts$YWJj\nv:$2a$10$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde\n"));
    }

    private static byte[] bytes(int kind, String text) {
        return ((char) kind + text).getBytes(UTF_8);
    }

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        String text = new String(input, 1, input.length - 1, UTF_8);
        try {
            switch (input[0] & 3) {
                case 0 -> judge(MosquittoAcl.read(FILE, text, 1_000));
                case 1 -> judge(YamlRules.read(FILE, text, 1_000));
                default -> PasswordFile.parse(FILE, text.getBytes(UTF_8));
            }
        } catch (ConfigException refused) {
            // as it should be
        }
    }

    /** Whoever has a wildcard for a name may no more than others. */
    private static void judge(RuleBook book) {
        for (Identity client : CLIENTS) {
            Rights rights = book.rightsOf(client);
            for (String topic : TOPICS) {
                boolean all = rights.allowAll(TopicFilter.of(topic));
                boolean some = rights.allowSome(TopicFilter.of(topic));
                if (all && !some) {
                    throw new AssertionError("all of " + topic + " is allowed, and nothing of it");
                }
                if (topic.indexOf('+') < 0 && topic.indexOf('#') < 0) {
                    boolean read = (rights.allowed(TopicName.of(topic)) & TopicRules.READ) != 0;
                    if (all && !read) {
                        throw new AssertionError(client + " may subscribe to " + topic + " and not read it");
                    }
                }
            }
        }
    }
}
