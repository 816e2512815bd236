package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A shared group whose members are on several nodes, as each of these nodes sees it. */
class SharedNodesTest {
    private static final String FILTER = "$share/g/a";
    private static final TopicName TOPIC = TopicName.of("a");
    private static final int MANY = 60_000;

    /** What is true of a node, for all views of it. */
    private static final class Facts {
        int connected;
        int away;
        boolean left;
        long since;
    }

    private record Node(String node, Facts facts) implements Subscriber, NodeShare {
        @Override
        public String clientId() {
            return "\u0000" + node;
        }

        @Override
        public int inFlight() {
            return 0;
        }

        @Override
        public boolean online() {
            return connected() > 0;
        }

        @Override
        public int connected() {
            return facts.left ? 0 : facts.connected;
        }

        @Override
        public int reachable() {
            return facts.left ? 0 : facts.connected + facts.away;
        }

        @Override
        public int members() {
            return facts.connected + facts.away;
        }

        @Override
        public long connectedSince() {
            return facts.since;
        }
    }

    private final Map<String, Facts> nodes = new LinkedHashMap<>();
    private final Map<String, List<Member>> members = new HashMap<>();
    private final Random random = new Random(11);

    private void node(String name, int connected, int away) {
        Facts facts = new Facts();
        facts.connected = connected;
        facts.away = away;
        facts.since = nodes.size();
        nodes.put(name, facts);
        List<Member> its = new ArrayList<>();
        for (int i = 0; i < connected + away; i++) {
            Member member = new Member(name + i);
            member.online = i < connected;
            its.add(member);
        }
        members.put(name, its);
    }

    /** The group as a node sees it. */
    private SharedGroup seenFrom(String here) {
        SubscriptionTree tree = new SubscriptionTree(1);
        Objects.requireNonNull(members.get(here)).forEach(member -> tree.put(Member.to(FILTER), member));
        nodes.forEach((name, facts) -> {
            if (!name.equals(here)) {
                tree.put(Member.to(FILTER), new Node(name, facts));
            }
        });
        SharedGroup group = Objects.requireNonNull(tree.group(TopicFilter.of(FILTER)));
        group.told(new Node(here, Objects.requireNonNull(nodes.get(here))));
        return group;
    }

    /** The node whose member gets a message. */
    private String pick(SharedGroup group, String here, ShareStrategy strategy, String key) {
        TopicName topic = strategy == ShareStrategy.HASH_TOPIC ? TopicName.of("t/" + key) : TOPIC;
        Target target = Objects.requireNonNull(group.pick(strategy, topic, key, random, null));
        return target.subscriber() instanceof Node node ? node.node() : here;
    }

    private Map<String, Integer> picks(SharedGroup group, String here, ShareStrategy strategy, int times) {
        Map<String, Integer> picks = new HashMap<>();
        for (int i = 0; i < times; i++) {
            picks.merge(pick(group, here, strategy, "key" + i), 1, Integer::sum);
        }
        return picks;
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "STICKY")
    void aNodeWithFiveMembersGetsFiveSharesToOneMemberElsewhere(ShareStrategy strategy) {
        node("a", 1, 0);
        node("b", 5, 2);
        node("c", 0, 9);
        for (String here : nodes.keySet()) {
            Map<String, Integer> picks = picks(seenFrom(here), here, strategy, MANY);
            boolean exact = strategy == ShareStrategy.ROUND_ROBIN || strategy == ShareStrategy.LEAST_INFLIGHT;
            assertThat(picks).as("seen from " + here).containsOnlyKeys("a", "b");
            assertThat(picks.get("a")).isCloseTo(MANY / 6, within(exact ? 0 : 400));
        }
    }

    @Test
    void stickyKeepsToTheNodeThatHasBeenConnectedForLongest() {
        node("a", 2, 0);
        node("b", 5, 0);
        Facts first = Objects.requireNonNull(nodes.get("a"));
        first.since = 40;
        for (String here : nodes.keySet()) {
            assertThat(picks(seenFrom(here), here, ShareStrategy.STICKY, 100)).containsOnlyKeys("b");
        }
        node("late", 9, 0);
        for (String here : nodes.keySet()) {
            assertThat(picks(seenFrom(here), here, ShareStrategy.STICKY, 100)).containsOnlyKeys("b");
        }
        Objects.requireNonNull(nodes.get("b")).connected = 0;
        assertThat(picks(seenFrom("a"), "a", ShareStrategy.STICKY, 100)).containsOnlyKeys("late");
    }

    @Test
    void stickyKeepsToTheSameMemberWhoeverElseIsThere() {
        node("a", 3, 0);
        node("b", 1, 0);
        SharedGroup group = seenFrom("a");
        Target first = group.pick(ShareStrategy.STICKY, TOPIC, "p", random, null);
        for (int i = 0; i < 100; i++) {
            assertThat(group.pick(ShareStrategy.STICKY, TOPIC, "p" + i, random, null))
                    .isSameAs(first);
        }
    }

    @Test
    void groupsOfTheSameAgeStickToDifferentNodes() {
        node("a", 1, 0);
        node("b", 1, 0);
        nodes.values().forEach(facts -> facts.since = 7);
        Map<String, Integer> picks = new HashMap<>();
        for (int i = 0; i < 1000; i++) {
            NodeChoice choice = new NodeChoice("$share/g" + i + "/a");
            choice.own(new Node("a", Objects.requireNonNull(nodes.get("a"))));
            Node b = new Node("b", Objects.requireNonNull(nodes.get("b")));
            choice.put(Target.of(b, Member.to(FILTER)), b);
            int at = choice.choose(
                    choice.others(), NodeChoice.Standing.CONNECTED, true, ShareStrategy.STICKY, "", random, null);
            picks.merge(at == NodeChoice.HERE ? "a" : "b", 1, Integer::sum);
        }
        assertThat(picks.get("a")).isCloseTo(500, within(60));
    }

    @ParameterizedTest
    @EnumSource(names = {"HASH_CLIENT", "HASH_TOPIC"})
    void hashingChoosesTheSameNodeWhereverThePublisherIs(ShareStrategy strategy) {
        node("a", 1, 0);
        node("b", 5, 2);
        node("c", 3, 0);
        SharedGroup a = seenFrom("a");
        SharedGroup b = seenFrom("b");
        SharedGroup c = seenFrom("c");
        for (int i = 0; i < 2000; i++) {
            String chosen = pick(a, "a", strategy, "sensor" + i);
            assertThat(pick(b, "b", strategy, "sensor" + i)).isEqualTo(chosen);
            assertThat(pick(c, "c", strategy, "sensor" + i)).isEqualTo(chosen);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HASH_CLIENT", "HASH_TOPIC"})
    void aMemberMoreOrLessOnANodeMovesOnlyItsPart(ShareStrategy strategy) {
        node("a", 4, 0);
        node("b", 4, 0);
        node("c", 4, 0);
        SharedGroup group = seenFrom("a");
        List<String> before = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            before.add(pick(group, "a", strategy, "sensor" + i));
        }
        Objects.requireNonNull(nodes.get("b")).connected = 3;
        int moved = 0;
        for (int i = 0; i < MANY; i++) {
            String after = pick(group, "a", strategy, "sensor" + i);
            if (!after.equals(before.get(i))) {
                assertThat(before.get(i)).isEqualTo("b");
                moved++;
            }
        }
        // of twelve parts one goes, and the eleven that are left share all alike
        assertThat(moved).isCloseTo(MANY / 3 - MANY * 3 / 11, within(400));
    }

    @ParameterizedTest
    @EnumSource
    void whoIsConnectedAnywhereComesBeforeWhoIsAwayAnywhere(ShareStrategy strategy) {
        node("a", 0, 3);
        node("b", 1, 0);
        node("c", 0, 8);
        assertThat(picks(seenFrom("a"), "a", strategy, 50)).containsOnlyKeys("b");
        assertThat(picks(seenFrom("b"), "b", strategy, 50)).containsOnlyKeys("b");
        assertThat(picks(seenFrom("c"), "c", strategy, 50)).containsOnlyKeys("b");
    }

    @ParameterizedTest
    @EnumSource
    void whatOnlyMembersWhoAreAwayCanKeepGoesToANodeThatIsThere(ShareStrategy strategy) {
        node("a", 0, 0);
        node("b", 4, 4);
        node("c", 0, 1);
        Objects.requireNonNull(nodes.get("b")).left = true;
        SharedGroup group = seenFrom("a");
        assertThat(picks(group, "a", strategy, 50)).containsOnlyKeys("c");
        Objects.requireNonNull(nodes.get("c")).left = true;
        assertThat(picks(group, "a", strategy, 50)).isNotEmpty();
        assertThat(group.pick(strategy, TOPIC, "p", random, member -> member instanceof Node))
                .isNull();
    }

    @ParameterizedTest
    @EnumSource
    void aMemberHereOfWhomTheOthersKnowNothingYetIsConnectedAllTheSame(ShareStrategy strategy) {
        node("a", 0, 1);
        node("b", 0, 1);
        SharedGroup group = seenFrom("a");
        Objects.requireNonNull(members.get("a")).get(0).online = true;
        assertThat(picks(group, "a", strategy, 20)).containsOnlyKeys("a");
    }

    @ParameterizedTest
    @EnumSource
    void whoHasGoneFromHereSinceItWasToldIsNotPicked(ShareStrategy strategy) {
        node("a", 5, 0);
        node("b", 1, 0);
        SharedGroup group = seenFrom("a");
        Objects.requireNonNull(members.get("a")).forEach(member -> member.online = false);
        assertThat(picks(group, "a", strategy, 50)).containsOnlyKeys("b");
    }

    @Test
    void messagesFromElsewhereTakeNoTurnFromOtherNodes() {
        node("a", 3, 0);
        node("b", 3, 0);
        SharedGroup group = seenFrom("a");
        Map<String, Integer> picks = new HashMap<>();
        for (int i = 0; i < 600; i++) {
            picks.merge(pick(group, "a", ShareStrategy.ROUND_ROBIN, "k"), 1, Integer::sum);
            group.pickHere(true, ShareStrategy.ROUND_ROBIN, TOPIC, "p", random, null);
        }
        assertThat(picks).isEqualTo(Map.of("a", 300, "b", 300));
    }

    @Test
    void aNodeThatLeavesTheGroupIsForgotten() {
        node("a", 1, 0);
        node("b", 1, 0);
        SubscriptionTree tree = new SubscriptionTree(1);
        Node b = new Node("b", Objects.requireNonNull(nodes.get("b")));
        tree.put(Member.to(FILTER), b);
        SharedGroup group = Objects.requireNonNull(tree.group(TopicFilter.of(FILTER)));
        assertThat(group.size()).isEqualTo(1);
        assertThat(group.anyOnline(null)).isTrue();
        assertThat(group.any(member -> member == b)).isFalse();
        assertThat(tree.remove(TopicFilter.of(FILTER), new Node("b", b.facts())))
                .isFalse();
        assertThat(tree.remove(TopicFilter.of(FILTER), b)).isTrue();
        assertThat(tree.group(TopicFilter.of(FILTER))).isNull();
    }
}
