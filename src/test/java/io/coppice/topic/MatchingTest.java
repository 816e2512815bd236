package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both trees, and filters by themselves, find what MQTT 5, 4.7 says; the seed is in the name of a failure. */
class MatchingTest {
    private static final int ROUNDS = 500;
    private static final int FILTERS = 40;
    private static final int TOPICS = 50;

    @ParameterizedTest
    @CsvSource({
        "sport/tennis/player1/#, sport/tennis/player1, true",
        "sport/tennis/player1/#, sport/tennis/player1/score/wimbledon, true",
        "sport/#, sport, true",
        "#, sport/tennis, true",
        "sport/tennis/+, sport/tennis/player1, true",
        "sport/tennis/+, sport/tennis/player1/ranking, false",
        "sport/+, sport, false",
        "sport/+, sport/, true",
        "+/+, /finance, true",
        "/+, /finance, true",
        "+, /finance, false",
        "+/+, /, true",
        "#, $SYS/broker, false",
        "+/monitor/Clients, $SYS/monitor/Clients, false",
        "$SYS/#, $SYS/broker, true",
        "$SYS/monitor/+, $SYS/monitor/Clients, true",
        "a//b, a//b, true",
        "a/+/b, a//b, true",
        "a/b, a//b, false",
        "+/#, $SYS, false",
        "a/+/#, a/$b, true",
        "ACCOUNTS, Accounts, false",
    })
    void theExamplesOfTheStandardHold(String filter, String topic, boolean matches) {
        SubscriptionTree tree = new SubscriptionTree(1);
        tree.put(Member.to(filter), new Member("plain"));
        tree.put(Member.to("$share/group/" + filter), new Member("shared"));
        Matches found = tree.match(TopicName.of(topic));
        assertThat(found.size()).isEqualTo(matches ? 1 : 0);
        assertThat(found.groups()).isEqualTo(matches ? 1 : 0);
        assertThat(found.isEmpty()).isEqualTo(!matches);

        RetainedTree retained = new RetainedTree();
        Message message = message(topic);
        retained.put(message);
        assertThat(retained.match(TopicFilter.of(filter)).next()).isEqualTo(matches ? message : null);
        assertThat(TopicFilter.of(filter).matches(TopicName.of(topic))).isEqualTo(matches);
        assertThat(TopicFilter.of("$share/group/" + filter).matches(TopicName.of(topic)))
                .isEqualTo(matches);
        assertThat(Naive.matches(filter, topic)).isEqualTo(matches);
    }

    @Test
    void aMillionPairsOfFilterAndTopicMatchAsTheStandardSays() {
        long pairs = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            List<String> filters = new ArrayList<>();
            Set<String> topics = new LinkedHashSet<>();
            for (int i = 0; i < FILTERS; i++) {
                filters.add(Naive.filter(random));
            }
            while (topics.size() < TOPICS) {
                topics.add(Naive.topic(random));
            }
            holdSubscriptions(filters, topics, "seed " + seed);
            holdRetained(filters, topics, "seed " + seed);
            holdAlone(filters, topics, "seed " + seed);
            pairs += (long) filters.size() * topics.size();
        }
        assertThat(pairs).isEqualTo(1_000_000);
    }

    @Test
    void deepFiltersThatBeginAlikeMatchAsTheStandardSays() {
        int hits = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            List<String> filters = new ArrayList<>();
            Set<String> topics = new LinkedHashSet<>();
            for (int i = 0; i < FILTERS; i++) {
                filters.add(Naive.deepFilter(random));
            }
            while (topics.size() < TOPICS) {
                topics.add(Naive.deepTopic(random));
            }
            hits += holdSubscriptions(filters, topics, "seed " + seed);
        }
        assertThat(hits).isGreaterThan(50_000);
    }

    private static int holdSubscriptions(List<String> filters, Set<String> topics, String seed) {
        SubscriptionTree tree = new SubscriptionTree(1);
        for (int i = 0; i < filters.size(); i++) {
            String share = i % 4 == 0 ? "$share/g" + i + "/" : "";
            tree.put(Member.to(share + filters.get(i)), new Member(i + " " + filters.get(i)));
        }
        int hits = 0;
        for (String topic : topics) {
            Set<String> expected = new TreeSet<>();
            for (int i = 0; i < filters.size(); i++) {
                if (Naive.matches(filters.get(i), topic)) {
                    expected.add(i + " " + filters.get(i));
                }
            }
            Matches found = tree.match(TopicName.of(topic));
            Set<String> clients = new TreeSet<>();
            for (int i = 0; i < found.size(); i++) {
                clients.add(found.target(i).subscriber().clientId());
            }
            for (int i = 0; i < found.groups(); i++) {
                String index = found.group(i).name().substring(1);
                clients.add(index + " " + found.group(i).filter().inner());
            }
            if (!clients.equals(expected) || found.size() + found.groups() != expected.size()) {
                assertThat(clients).as("%s, topic '%s'", seed, topic).isEqualTo(expected);
            }
            hits += expected.size();
        }
        return hits;
    }

    private static void holdRetained(List<String> filters, Set<String> topics, String seed) {
        RetainedTree tree = new RetainedTree();
        topics.forEach(topic -> tree.put(message(topic)));
        for (String filter : filters) {
            Set<String> expected = new TreeSet<>();
            topics.stream().filter(topic -> Naive.matches(filter, topic)).forEach(expected::add);
            List<String> found = new ArrayList<>();
            RetainedTree.Cursor cursor = tree.match(TopicFilter.of(filter));
            for (Message message = cursor.next(); message != null; message = cursor.next()) {
                found.add(message.topic().value());
            }
            if (found.size() != expected.size() || !expected.containsAll(found)) {
                assertThat(found).as("%s, filter '%s'", seed, filter).containsExactlyInAnyOrderElementsOf(expected);
            }
        }
    }

    /** A filter by itself, without a tree. */
    private static void holdAlone(List<String> filters, Set<String> topics, String seed) {
        for (String text : filters) {
            TopicFilter filter = TopicFilter.of(text);
            for (String topic : topics) {
                if (filter.matches(TopicName.of(topic)) != Naive.matches(text, topic)) {
                    throw new AssertionError(seed + ", filter '" + text + "', topic '" + topic + "'");
                }
            }
        }
    }

    static Message message(String topic) {
        return message(topic, Message.NEVER);
    }

    static Message message(String topic, long expiresAt) {
        return new Message(
                TopicName.of(topic), new byte[10], Qos.AT_MOST_ONCE, true, Properties.NONE, expiresAt, "publisher");
    }
}
