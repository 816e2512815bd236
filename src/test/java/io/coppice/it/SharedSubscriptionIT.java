package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Subscribers that divide the messages of one filter among them, by every strategy. */
@Timeout(60)
class SharedSubscriptionIT {
    private static final int MESSAGES = 300;

    private final List<Peer> members = new ArrayList<>();

    /** A node, and three members of one group that are on three of its loops and speak both versions. */
    private RunningNode node(String strategy) throws Exception {
        RunningNode node = RunningNode.start("shared-subscriptions.strategy=" + strategy);
        for (Kind kind : List.of(Kind.HIVE5_TCP, Kind.HIVE3_WS, Kind.HIVE5_WS)) {
            Peer member = node.connected(kind, "member-" + kind);
            member.subscribe("$share/group/work/#", 1);
            members.add(member);
        }
        return node;
    }

    /** What each member got, once all of it is there. */
    private List<List<Received>> dealt(int messages) throws Exception {
        await().untilAsserted(() ->
                assertThat(members.stream().mapToInt(Peer::unread).sum()).isEqualTo(messages));
        List<List<Received>> dealt = new ArrayList<>();
        for (Peer member : members) {
            dealt.add(member.next(member.unread()));
        }
        assertThat(dealt.stream().flatMap(List::stream).distinct()).hasSize(messages);
        return dealt;
    }

    private static void publish(RunningNode node, int messages) throws Exception {
        Peer publisher = node.connected(Kind.HIVE5_TCP, "publisher");
        for (int i = 0; i < messages; i++) {
            publisher.publish("work/" + i, "" + i, i % 2);
        }
    }

    private static Set<Set<String>> keysOf(List<List<Received>> dealt, Function<Received, String> key) {
        return dealt.stream()
                .map(got -> got.stream().map(key).collect(Collectors.toSet()))
                .collect(Collectors.toSet());
    }

    @Test
    void roundRobinGivesEachMemberTheSameNumber() throws Exception {
        try (RunningNode node = node("round-robin")) {
            publish(node, MESSAGES);
            assertThat(dealt(MESSAGES)).extracting(List::size).containsOnly(MESSAGES / 3);
        }
    }

    @Test
    void randomGivesEachMemberAFairNumber() throws Exception {
        try (RunningNode node = node("random")) {
            publish(node, MESSAGES);
            assertThat(dealt(MESSAGES)).allSatisfy(got -> assertThat(got).hasSizeBetween(50, 170));
        }
    }

    @Test
    void stickyKeepsToOneMemberUntilItLeaves() throws Exception {
        try (RunningNode node = node("sticky")) {
            publish(node, 50);
            List<List<Received>> dealt = dealt(50);
            assertThat(dealt).extracting(List::size).containsOnlyOnce(50).contains(0);

            members.remove(dealt.indexOf(dealt.stream()
                            .filter(got -> !got.isEmpty())
                            .findFirst()
                            .orElseThrow()))
                    .disconnect();
            publish(node, 50);
            assertThat(dealt(50)).extracting(List::size).containsExactlyInAnyOrder(50, 0);
        }
    }

    @Test
    void hashClientGivesAllOfOnePublisherToOneMember() throws Exception {
        try (RunningNode node = node("hash-client")) {
            for (int i = 0; i < 30; i++) {
                Peer publisher = node.connected(Kind.HIVE5_TCP, "publisher-" + i);
                for (int j = 0; j < 5; j++) {
                    publisher.publish("work/" + j, "publisher-" + i + "/" + j, 1);
                }
            }
            List<List<Received>> dealt = dealt(150);
            assertThat(dealt).noneMatch(List::isEmpty);
            Set<Set<String>> publishers = keysOf(
                    dealt,
                    message -> message.payload().substring(0, message.payload().indexOf('/')));
            assertThat(publishers.stream().mapToInt(Set::size).sum()).isEqualTo(30);
        }
    }

    @Test
    void hashTopicGivesAllOfOneTopicToOneMember() throws Exception {
        try (RunningNode node = node("hash-topic")) {
            for (int i = 0; i < 4; i++) {
                Peer publisher = node.connected(Kind.HIVE5_TCP, "publisher-" + i);
                for (int topic = 0; topic < 30; topic++) {
                    publisher.publish("work/" + topic, i + "/" + topic, 1);
                }
            }
            List<List<Received>> dealt = dealt(120);
            assertThat(dealt).noneMatch(List::isEmpty);
            assertThat(keysOf(dealt, Received::topic).stream()
                            .mapToInt(Set::size)
                            .sum())
                    .isEqualTo(30);
        }
    }

    @Test
    void leastInflightSparesTheMemberThatDoesNotAcknowledge() throws Exception {
        try (RunningNode node = RunningNode.start("shared-subscriptions.strategy=least-inflight")) {
            Wire idle = node.wire().connect5("idle").subscribe5("$share/group/work/#", 1);
            Peer busy = node.connected(Kind.HIVE5_TCP, "busy");
            busy.subscribe("$share/group/work/#", 1);
            Peer publisher = node.connected(Kind.HIVE5_TCP, "publisher");
            for (int i = 0; i < 50; i++) {
                publisher.publish("work/" + i, "" + i, 1);
                // the busy one's acknowledgement has come
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> node.metric("mqtt_inflight_messages") <= 1);
            }
            idle.read(Wire.PUBLISH);
            assertThat(busy.unread()).isEqualTo(49);
        }
    }

    @Test
    void whatAMemberThatVanishesDidNotAcknowledgeGoesToAnother() throws Exception {
        try (RunningNode node = RunningNode.start()) {
            Wire vanishing = node.wire().connect5("vanishing").subscribe5("$share/group/work/#", 1);
            Peer staying = node.connected(Kind.HIVE3_TCP, "staying");
            staying.subscribe("$share/group/work/#", 1);
            Peer publisher = node.connected(Kind.HIVE5_TCP, "publisher-1");
            for (int i = 0; i < 20; i++) {
                publisher.publish("work/" + i, "" + i, 1);
            }
            Set<String> unacknowledged = new HashSet<>();
            for (int i = 0; i < 10; i++) {
                byte[] body = vanishing.read(Wire.PUBLISH).body();
                int topic = body[0] << 8 | body[1];
                unacknowledged.add(new String(body, 2 + topic + 3, body.length - topic - 5, UTF_8));
            }
            assertThat(unacknowledged).hasSize(10);

            vanishing.close();

            Set<String> all = IntStream.range(0, 20).mapToObj(i -> "" + i).collect(Collectors.toSet());
            assertThat(staying.next(20).stream().map(Received::payload)).containsExactlyInAnyOrderElementsOf(all);
        }
    }

    @Test
    void groupsOfOtherNamesAndPlainSubscribersEachGetAll() throws Exception {
        try (RunningNode node = node("round-robin")) {
            Peer other = node.connected(Kind.HIVE3_TCP, "other");
            other.subscribe("$share/other/work/#", 1);
            Peer plain = node.connected(Kind.PAHO3_TCP, "plain");
            plain.subscribe("work/#", 1);

            publish(node, 30);

            assertThat(dealt(30)).extracting(List::size).containsOnly(10);
            assertThat(other.next(30)).extracting(Received::payload).doesNotHaveDuplicates();
            assertThat(plain.next(30)).extracting(Received::payload).doesNotHaveDuplicates();
            assertThat(node.metric("mqtt_subscriptions_shared")).isEqualTo(4);
        }
    }
}
