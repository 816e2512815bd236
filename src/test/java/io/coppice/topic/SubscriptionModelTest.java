package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tree against a map from filter to client to subscription, under random changes. */
class SubscriptionModelTest {
    private static final int CLIENTS = 40;
    private static final int STEPS = 4_000;

    private record Held(Subscription subscription, Member member) {}

    private final SubscriptionTree tree = new SubscriptionTree(1);
    private final Map<String, Map<String, Held>> model = new HashMap<>();

    @ParameterizedTest
    @CsvSource({"1, false", "2, false", "3, true", "4, true", "5, true"})
    void theTreeAnswersAsAMapWould(long seed, boolean deep) {
        Random random = new Random(seed);
        List<String> filters = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String filter = deep ? Naive.deepFilter(random) : Naive.filter(random);
            filters.add((i % 5 == 0 ? "$share/g" + i % 2 + "/" : "") + filter);
        }
        filters.addAll(List.of("#", "a", "+", "a/b", "a/+"));
        Member[] members = new Member[2 * CLIENTS];
        for (int i = 0; i < members.length; i++) {
            members[i] = new Member("c" + i % CLIENTS, i % CLIENTS % 4 == 0);
        }
        for (int step = 0; step < STEPS; step++) {
            Member member = members[random.nextInt(members.length)];
            // Phases of growth and of decline, so that collections become large and small again.
            boolean grows = step / 1000 % 2 == 0;
            change(random, filters.get(random.nextInt(filters.size())), member, random.nextInt(5) < (grows ? 4 : 1));
            String topic = deep ? Naive.deepTopic(random) : random.nextBoolean() ? "a/b" : Naive.topic(random);
            String where = "seed " + seed + ", step " + step;
            check(topic, where);
            checkNodes(where);
        }
        for (String filter : filters) {
            new ArrayList<>(model.getOrDefault(filter, Map.of()).values())
                    .forEach(held -> change(random, filter, held.member, false));
        }
        assertThat(tree.size()).isZero();
        assertThat(tree.root().below).isNull();
    }

    private void change(Random random, String filter, Member member, boolean put) {
        Map<String, Held> holders = model.computeIfAbsent(filter, none -> new LinkedHashMap<>());
        Held former = holders.get(member.clientId());
        if (put) {
            Subscription subscription = Member.to(
                    filter, Qos.of(random.nextInt(3)), random.nextBoolean(), random.nextInt(4) == 0, random.nextInt(4));
            tree.put(subscription, member);
            holders.put(member.clientId(), new Held(subscription, member));
        } else {
            boolean removed = tree.remove(Member.to(filter).filter(), member);
            assertThat(removed).isEqualTo(former != null && former.member == member);
            if (removed) {
                holders.remove(member.clientId());
            }
        }
    }

    private void check(String topic, String where) {
        Map<String, List<Held>> plain = new TreeMap<>();
        int size = 0;
        int shared = 0;
        int filters = 0;
        int groups = 0;
        for (Map<String, Held> holders : model.values()) {
            int here = 0;
            for (Held held : holders.values()) {
                int counts = held.member.isElsewhere() ? 0 : 1;
                here += counts;
                shared += held.subscription.filter().isShared() ? counts : 0;
                if (!held.subscription.filter().isShared()
                        && Naive.matches(held.subscription.filter().inner(), topic)) {
                    plain.computeIfAbsent(held.member.clientId(), none -> new ArrayList<>())
                            .add(held);
                }
            }
            size += here;
            filters += here == 0 ? 0 : 1;
            groups += matchesAsGroup(holders, topic) ? 1 : 0;
        }
        Matches found = tree.match(TopicName.of(topic));
        assertThat(List.of(tree.size(), tree.sharedSize(), tree.filters(), found.groups(), found.size()))
                .as(where)
                .isEqualTo(List.of(size, shared, filters, groups, plain.size()));
        for (int i = 0; i < found.size(); i++) {
            List<Held> parts = plain.remove(found.target(i).key());
            assertThat(parts).as(where).isNotNull();
            same(found.target(i), parts, where);
            List<Held> audible = parts.stream()
                    .filter(held -> !held.subscription.options().noLocal())
                    .toList();
            same(found.target(i).withoutNoLocal(), audible, where);
        }
    }

    /** Every filter once, and not a node more than it takes. */
    private void checkNodes(String where) {
        Set<String> inner = new TreeSet<>();
        model.forEach((filter, holders) -> {
            if (!holders.isEmpty()) {
                inner.add(TopicFilter.of(filter).inner());
            }
        });
        Shape shape = Shape.of(tree);
        assertThat(shape.filters.keySet()).as(where).isEqualTo(inner);
        assertThat(shape.filters.values()).as(where).allMatch(times -> times == 1);
        assertThat(shape.superfluous).as(where).isZero();
    }

    private static boolean matchesAsGroup(Map<String, Held> holders, String topic) {
        return holders.values().stream()
                .limit(1)
                .map(held -> held.subscription.filter())
                .anyMatch(filter -> filter.isShared() && Naive.matches(filter.inner(), topic));
    }

    private static void same(Target target, List<Held> parts, String where) {
        if (parts.isEmpty()) {
            assertThat(target).as(where).isNull();
            return;
        }
        int[] identifiers = parts.stream()
                .mapToInt(held -> held.subscription.identifier())
                .filter(identifier -> identifier != 0)
                .distinct()
                .sorted()
                .toArray();
        assertThat(target.identifiers()).as(where).isEqualTo(identifiers);
        assertThat(target.qos().code())
                .as(where)
                .isEqualTo(parts.stream()
                        .mapToInt(
                                held -> held.subscription.options().maximumQos().code())
                        .max()
                        .orElseThrow());
        assertThat(target.retainAsPublished())
                .as(where)
                .isEqualTo(parts.stream()
                        .anyMatch(held -> held.subscription.options().retainAsPublished()));
        assertThat(parts.stream().map(held -> (Subscriber) held.member))
                .as(where)
                .contains(target.subscriber());
    }
}
