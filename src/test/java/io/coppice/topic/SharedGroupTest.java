package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SharedGroupTest {
    private static final String FILTER = "$share/g/a";
    private static final TopicName TOPIC = TopicName.of("a");

    private final SubscriptionTree tree = new SubscriptionTree(1);
    private final Random random = new Random(5);
    private final List<Member> members = new ArrayList<>();

    private SharedGroup group(int size) {
        for (int i = 0; i < size; i++) {
            members.add(new Member("m" + i));
            tree.put(Member.to(FILTER), members.get(i));
        }
        return Objects.requireNonNull(tree.group(TopicFilter.of(FILTER)));
    }

    private @Nullable Subscriber pick(SharedGroup group, ShareStrategy strategy, String key) {
        return pick(group, strategy, key, null);
    }

    private @Nullable Subscriber pick(
            SharedGroup group, ShareStrategy strategy, String key, @Nullable Predicate<Subscriber> except) {
        TopicName topic = strategy == ShareStrategy.HASH_TOPIC ? TopicName.of("t/" + key) : TOPIC;
        Target target = group.pick(strategy, topic, key, random, except);
        return target == null ? null : target.subscriber();
    }

    private Map<Subscriber, Integer> picks(SharedGroup group, ShareStrategy strategy, int times) {
        Map<Subscriber, Integer> picks = new HashMap<>();
        for (int i = 0; i < times; i++) {
            picks.merge(Objects.requireNonNull(pick(group, strategy, "key" + i)), 1, Integer::sum);
        }
        return picks;
    }

    @Test
    void strategiesAreNamedInKebabCase() {
        assertThat(ShareStrategy.of("round-robin")).isEqualTo(ShareStrategy.ROUND_ROBIN);
        assertThat(ShareStrategy.of("random")).isEqualTo(ShareStrategy.RANDOM);
        assertThat(ShareStrategy.of("least-inflight")).isEqualTo(ShareStrategy.LEAST_INFLIGHT);
        assertThat(ShareStrategy.of("sticky")).isEqualTo(ShareStrategy.STICKY);
        assertThat(ShareStrategy.of("hash-client")).isEqualTo(ShareStrategy.HASH_CLIENT);
        assertThat(ShareStrategy.of("hash-topic")).isEqualTo(ShareStrategy.HASH_TOPIC);
        assertThat(ShareStrategy.of("ROUND_ROBIN")).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void aMemberWhoseClientIsConnectedIsPreferred(ShareStrategy strategy) {
        SharedGroup group = group(5);
        members.forEach(member -> member.online = member == members.get(3));
        assertThat(picks(group, strategy, 100)).containsOnlyKeys(members.get(3));
        assertThat(group.anyOnline(null)).isTrue();
        assertThat(group.anyOnline(subscriber -> subscriber == members.get(3))).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void withoutAConnectedClientSomebodyKeepsTheMessage(ShareStrategy strategy) {
        SharedGroup group = group(3);
        members.forEach(member -> member.online = false);
        assertThat(picks(group, strategy, 10).keySet()).isSubsetOf(members);
        assertThat(group.anyOnline(null)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void whoIsExceptedIsNeverPicked(ShareStrategy strategy) {
        SharedGroup group = group(3);
        for (int i = 0; i < 50; i++) {
            assertThat(pick(group, strategy, "k" + i, subscriber -> subscriber != members.get(1)))
                    .isSameAs(members.get(1));
        }
        members.get(1).online = false;
        assertThat(pick(group, strategy, "k", subscriber -> subscriber != members.get(1)))
                .isSameAs(members.get(1));
        assertThat(pick(group, strategy, "k", subscriber -> true)).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void aGroupThatEverybodyLeftPicksNobody(ShareStrategy strategy) {
        SharedGroup group = group(2);
        members.forEach(member -> tree.remove(TopicFilter.of(FILTER), member));
        assertThat(group.size()).isZero();
        assertThat(pick(group, strategy, "k")).isNull();
        assertThat(tree.group(TopicFilter.of(FILTER))).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void theTargetOfAMemberIsBuiltWhenItJoins(ShareStrategy strategy) {
        SharedGroup group = group(1);
        tree.put(Member.to(FILTER, Qos.AT_LEAST_ONCE, false, true, 8), members.get(0));
        Target target = group.pick(strategy, TOPIC, "p", random, null);
        assertThat(target).isNotNull();
        assertThat(target.identifiers()).containsExactly(8);
        assertThat(group.pick(strategy, TOPIC, "q", random, null)).isSameAs(target);
    }

    @Test
    void roundRobinGoesByTheOrderOfJoining() {
        SharedGroup group = group(3);
        for (int i = 0; i < 9; i++) {
            assertThat(pick(group, ShareStrategy.ROUND_ROBIN, "k")).isSameAs(members.get(i % 3));
        }
    }

    @Test
    void roundRobinGivesTheShareOfAnAbsentMemberToAllOthersAlike() {
        SharedGroup group = group(5);
        members.get(1).online = false;
        members.get(2).online = false;
        assertThat(picks(group, ShareStrategy.ROUND_ROBIN, 300).values()).containsExactly(100, 100, 100);
    }

    @Test
    void roundRobinSkipsNobodyWhenAnEarlierMemberLeaves() {
        SharedGroup group = group(4);
        pick(group, ShareStrategy.ROUND_ROBIN, "k");
        pick(group, ShareStrategy.ROUND_ROBIN, "k");
        tree.remove(TopicFilter.of(FILTER), members.get(0));
        assertThat(pick(group, ShareStrategy.ROUND_ROBIN, "k")).isSameAs(members.get(2));
        tree.remove(TopicFilter.of(FILTER), members.get(3));
        assertThat(pick(group, ShareStrategy.ROUND_ROBIN, "k")).isSameAs(members.get(1));
    }

    @Test
    void roundRobinIsExactWhenSeveralThreadsPick() throws InterruptedException {
        SharedGroup group = group(7);
        Map<Subscriber, AtomicInteger> picks = new HashMap<>();
        members.forEach(member -> picks.put(member, new AtomicInteger()));
        Runnable picker = () -> {
            Random own = new Random(1);
            for (int i = 0; i < 7_000; i++) {
                Target target = group.pick(ShareStrategy.ROUND_ROBIN, TOPIC, "p", own, null);
                picks.get(Objects.requireNonNull(target).subscriber()).incrementAndGet();
            }
        };
        Threads.run(picker, picker, picker);
        assertThat(picks.values().stream().map(AtomicInteger::get)).containsOnly(3_000);
    }

    @Test
    void randomGivesEveryoneAboutTheSame() {
        SharedGroup group = group(10);
        members.subList(0, 5).forEach(member -> member.online = false);
        Map<Subscriber, Integer> picks = picks(group, ShareStrategy.RANDOM, 50_000);
        assertThat(picks).hasSize(5);
        assertThat(picks.values()).allSatisfy(count -> assertThat(count).isCloseTo(10_000, within(500)));
    }

    @Test
    void leastInFlightTakesWhoHasLeastToDoAndTurnsAmongEquals() {
        SharedGroup group = group(4);
        members.get(0).inFlight = 3;
        members.get(2).inFlight = 1;
        assertThat(picks(group, ShareStrategy.LEAST_INFLIGHT, 10))
                .isEqualTo(Map.of(members.get(1), 5, members.get(3), 5));
        members.get(1).inFlight = 9;
        members.get(3).inFlight = 9;
        assertThat(pick(group, ShareStrategy.LEAST_INFLIGHT, "k")).isSameAs(members.get(2));
    }

    @Test
    void stickyKeepsToOneUntilItDisconnectsOrLeaves() {
        SharedGroup group = group(5);
        Member first = (Member) pick(group, ShareStrategy.STICKY, "k");
        assertThat(picks(group, ShareStrategy.STICKY, 20)).containsOnlyKeys(first);
        tree.put(Member.to(FILTER), new Member("late"));
        assertThat(picks(group, ShareStrategy.STICKY, 20)).containsOnlyKeys(first);
        Subscriber substitute = pick(group, ShareStrategy.STICKY, "k", subscriber -> subscriber == first);
        assertThat(substitute).isNotNull().isNotSameAs(first);
        assertThat(picks(group, ShareStrategy.STICKY, 20)).containsOnlyKeys(first);
        first.online = false;
        Member second = (Member) pick(group, ShareStrategy.STICKY, "k");
        assertThat(second).isNotSameAs(first);
        first.online = true;
        assertThat(picks(group, ShareStrategy.STICKY, 20)).containsOnlyKeys(second);
        tree.remove(TopicFilter.of(FILTER), second);
        Map<Subscriber, Integer> third = picks(group, ShareStrategy.STICKY, 20);
        assertThat(third).hasSize(1).doesNotContainKey(second);
    }

    @Test
    void stickyStaysWithASessionThatMoves() {
        SharedGroup group = group(5);
        Member before = (Member) Objects.requireNonNull(pick(group, ShareStrategy.STICKY, "k"));
        Member after = new Member(before.clientId());
        tree.put(Member.to(FILTER), after);
        assertThat(picks(group, ShareStrategy.STICKY, 20)).containsOnlyKeys(after);
    }

    @Test
    void stickyKeepsToOneAlsoWhenNobodyIsConnected() {
        SharedGroup group = group(5);
        members.forEach(member -> member.online = false);
        assertThat(picks(group, ShareStrategy.STICKY, 50)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"HASH_CLIENT", "HASH_TOPIC"})
    void hashingSpreadsEvenlyAndMovesOnlyWhatItMust(ShareStrategy strategy) {
        SharedGroup group = group(10);
        List<Subscriber> ten = assignments(group, strategy);
        assertThat(assignments(group, strategy)).isEqualTo(ten);
        Map<Subscriber, Integer> share = new HashMap<>();
        ten.forEach(subscriber -> share.merge(subscriber, 1, Integer::sum));
        assertThat(share).hasSize(10);
        assertThat(share.values()).allSatisfy(count -> assertThat(count).isCloseTo(2_000, within(250)));

        Member late = new Member("late");
        tree.put(Member.to(FILTER), late);
        List<Subscriber> eleven = assignments(group, strategy);
        int moved = 0;
        for (int i = 0; i < ten.size(); i++) {
            assertThat(eleven.get(i)).isIn(ten.get(i), late);
            moved += eleven.get(i) == late ? 1 : 0;
        }
        assertThat(moved).isCloseTo(20_000 / 11, within(250));

        tree.remove(TopicFilter.of(FILTER), late);
        assertThat(assignments(group, strategy)).isEqualTo(ten);
        members.get(4).online = false;
        List<Subscriber> nine = assignments(group, strategy);
        for (int i = 0; i < ten.size(); i++) {
            assertThat(nine.get(i) == ten.get(i)).isEqualTo(ten.get(i) != members.get(4));
        }
    }

    private List<Subscriber> assignments(SharedGroup group, ShareStrategy strategy) {
        List<Subscriber> assigned = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            assigned.add(Objects.requireNonNull(pick(group, strategy, "sensor" + i)));
        }
        return assigned;
    }
}
