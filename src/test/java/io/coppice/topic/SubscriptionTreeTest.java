package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.Test;

class SubscriptionTreeTest {
    private static final TopicName TOPIC = TopicName.of("a/b");

    private final SubscriptionTree tree = new SubscriptionTree(1);
    private final Member ann = new Member("ann");
    private final Member bob = new Member("bob");

    @Test
    void anEmptyTreeMatchesNothing() {
        assertThat(tree.match(TOPIC)).isSameAs(Matches.NONE);
        assertThat(tree.group(TopicFilter.of("$share/g/a"))).isNull();
        assertThat(tree.remove(TopicFilter.of("a"), ann)).isFalse();
        assertThat(tree.remove(TopicFilter.of("$share/g/a"), ann)).isFalse();
    }

    @Test
    void everySubscriptionIsCountedWithItsFilter() {
        tree.put(Member.to("a/b"), ann);
        tree.put(Member.to("a/b"), bob);
        tree.put(Member.to("a/+"), ann);
        tree.put(Member.to("$share/g/a/b"), ann);
        tree.put(Member.to("$share/g/a/b"), bob);
        tree.put(Member.to("$share/h/a/b"), bob);
        assertThat(tree.size()).isEqualTo(6);
        assertThat(tree.sharedSize()).isEqualTo(3);
        assertThat(tree.filters()).isEqualTo(4);
        assertThat(tree.remove(TopicFilter.of("a/b"), ann)).isTrue();
        assertThat(tree.filters()).isEqualTo(4);
        assertThat(tree.remove(TopicFilter.of("a/b"), bob)).isTrue();
        assertThat(tree.remove(TopicFilter.of("a/+"), ann)).isTrue();
        assertThat(tree.remove(TopicFilter.of("$share/g/a/b"), ann)).isTrue();
        assertThat(tree.remove(TopicFilter.of("$share/g/a/b"), bob)).isTrue();
        assertThat(tree.remove(TopicFilter.of("$share/h/a/b"), bob)).isTrue();
        assertThat(tree.size()).isZero();
        assertThat(tree.sharedSize()).isZero();
        assertThat(tree.filters()).isZero();
    }

    @Test
    void whatAnotherNodeWantsIsMatchedAndNotCounted() {
        Member node = new Member("node", true);
        for (String filter : new String[] {"a/b", "$share/g/a/b"}) {
            tree.put(Member.to(filter), node);
            assertThat(List.of(tree.size(), tree.sharedSize(), tree.filters())).containsOnly(0);
            tree.put(Member.to(filter), ann);
            tree.put(Member.to(filter, Qos.EXACTLY_ONCE, false, false, 0), node);
            assertThat(List.of(tree.size(), tree.filters())).containsOnly(1);
            tree.remove(TopicFilter.of(filter), node);
            assertThat(List.of(tree.size(), tree.filters())).containsOnly(1);
            tree.put(Member.to(filter), node);
            tree.remove(TopicFilter.of(filter), ann);
            assertThat(List.of(tree.size(), tree.sharedSize(), tree.filters())).containsOnly(0);
        }
        assertThat(tree.match(TOPIC).size()).isEqualTo(1);
        assertThat(tree.match(TOPIC).groups()).isEqualTo(1);
    }

    @Test
    void aSecondSubscriptionWithTheSameFilterReplacesTheFirst() {
        tree.put(Member.to("a/b"), ann);
        tree.put(Member.to("a/b", Qos.EXACTLY_ONCE, true, true, 7), ann);
        Matches found = tree.match(TOPIC);
        assertThat(tree.size()).isEqualTo(1);
        assertThat(found.size()).isEqualTo(1);
        assertThat(found.target(0).qos()).isEqualTo(Qos.EXACTLY_ONCE);
        assertThat(found.target(0).identifiers()).containsExactly(7);
    }

    @Test
    void aSessionThatMovedIsRemovedByItsNewSubscriberOnly() {
        for (String filter : new String[] {"a/b", "$share/g/a/b"}) {
            Member moved = new Member("ann");
            tree.put(Member.to(filter), ann);
            tree.put(Member.to(filter), moved);
            assertThat(tree.size()).isEqualTo(1);
            assertThat(tree.remove(TopicFilter.of(filter), ann)).isFalse();
            assertThat(tree.remove(TopicFilter.of(filter), bob)).isFalse();
            assertThat(tree.remove(TopicFilter.of(filter), moved)).isTrue();
            assertThat(tree.match(TOPIC).isEmpty()).isTrue();
        }
    }

    @Test
    void theVersionMovesWithEveryChangeAndOnlyThen() {
        for (String filter : new String[] {"a/b", "$share/g/a/b"}) {
            long empty = tree.version();
            tree.put(Member.to(filter), ann);
            long added = tree.version();
            assertThat(added).isNotEqualTo(empty);
            tree.put(Member.to(filter), ann);
            assertThat(tree.version()).isEqualTo(added);
            tree.put(Member.to(filter), new Member("ann"));
            tree.put(Member.to(filter), ann);
            long moved = tree.version();
            assertThat(moved).isNotEqualTo(added);
            tree.put(Member.to(filter, Qos.AT_LEAST_ONCE, false, false, 0), ann);
            tree.put(Member.to(filter, Qos.AT_LEAST_ONCE, true, false, 0), ann);
            tree.put(Member.to(filter, Qos.AT_LEAST_ONCE, true, true, 0), ann);
            tree.put(Member.to(filter, Qos.AT_LEAST_ONCE, true, true, 1), ann);
            assertThat(tree.version()).isEqualTo(moved + 4);
            tree.remove(TopicFilter.of(filter), bob);
            assertThat(tree.version()).isEqualTo(moved + 4);
            tree.remove(TopicFilter.of(filter), ann);
            assertThat(tree.version()).isEqualTo(moved + 5);
        }
    }

    @Test
    void groupsDifferByShareNameAndByFilter() {
        tree.put(Member.to("$share/g/a/+"), ann);
        tree.put(Member.to("$share/g/a/b"), ann);
        tree.put(Member.to("$share/h/a/b"), bob);
        tree.put(Member.to("a/b"), bob);
        Matches found = tree.match(TOPIC);
        assertThat(found.size()).isEqualTo(1);
        assertThat(found.groups()).isEqualTo(3);
        SharedGroup group = tree.group(TopicFilter.of("$share/g/a/b"));
        assertThat(group).isNotNull();
        assertThat(group.name()).isEqualTo("g");
        assertThat(group.filter()).isEqualTo(TopicFilter.of("$share/g/a/b"));
        assertThat(group.size()).isEqualTo(1);
        assertThat(tree.group(TopicFilter.of("$share/h/a/+"))).isNull();
    }

    @Test
    void theLevelsAboveStayWhileSomethingHangsOnThem() {
        tree.put(Member.to("a/b/+/#"), ann);
        tree.put(Member.to("a/b/c"), ann);
        tree.put(Member.to("a"), ann);
        tree.remove(TopicFilter.of("a/b/c"), ann);
        assertThat(tree.match(TopicName.of("a/b/c")).size()).isEqualTo(1);
        tree.remove(TopicFilter.of("a/b/+/#"), ann);
        assertThat(tree.find(TopicFilter.of("a/b"))).isNull();
        assertThat(tree.match(TopicName.of("a")).size()).isEqualTo(1);
        tree.remove(TopicFilter.of("a"), ann);
        assertThat(tree.root().below).isNull();
    }

    @Test
    void oneSubscriberGetsOneTargetOfAllItsSubscriptions() {
        tree.put(Member.to("a/b", Qos.AT_LEAST_ONCE, false, false, 9), ann);
        tree.put(Member.to("a/+", Qos.AT_MOST_ONCE, true, true, 3), ann);
        tree.put(Member.to("#", Qos.EXACTLY_ONCE, true, false, 9), ann);
        tree.put(Member.to("+/b", Qos.AT_MOST_ONCE, true, false, 0), ann);
        Target all = tree.match(TOPIC).target(0);
        assertThat(tree.match(TOPIC).size()).isEqualTo(1);
        assertThat(all.subscriber()).isSameAs(ann);
        assertThat(all.qos()).isEqualTo(Qos.EXACTLY_ONCE);
        assertThat(all.retainAsPublished()).isTrue();
        assertThat(all.identifiers()).containsExactly(3, 9);
        Target audible = all.withoutNoLocal();
        assertThat(audible).isNotNull();
        assertThat(audible.qos()).isEqualTo(Qos.AT_LEAST_ONCE);
        assertThat(audible.retainAsPublished()).isFalse();
        assertThat(audible.identifiers()).containsExactly(9);
        tree.remove(TopicFilter.of("a/b"), ann);
        assertThat(tree.match(TOPIC).target(0).withoutNoLocal()).isNull();
    }

    @Test
    void subscriptionsInARowThatDifferInTheirFiltersOnlyShareTheirTarget() {
        tree.put(Member.to("a/b"), ann);
        tree.put(Member.to("c"), ann);
        tree.put(Member.to("d", Qos.EXACTLY_ONCE, false, false, 0), ann);
        tree.put(Member.to("e", Qos.EXACTLY_ONCE, false, false, 0), bob);
        Target shared = tree.match(TOPIC).target(0);
        assertThat(tree.match(TopicName.of("c")).target(0)).isSameAs(shared);
        assertThat(tree.match(TopicName.of("d")).target(0)).isNotSameAs(shared);
        assertThat(tree.match(TopicName.of("e")).target(0).subscriber()).isSameAs(bob);
        tree.put(Member.to("a/+"), ann);
        tree.put(Member.to("+/b"), ann);
        assertThat(tree.match(TOPIC).size()).isEqualTo(1);
        assertThat(tree.remove(TopicFilter.of("a/+"), ann)).isTrue();
        assertThat(tree.match(TopicName.of("c")).target(0)).isSameAs(shared);
    }

    @Test
    void aSubscriberWhoseSubscriptionsAreGoneIsNotHeld() {
        Member gone = new Member("gone");
        WeakReference<Member> held = new WeakReference<>(gone);
        tree.put(Member.to("a/b"), gone);
        tree.put(Member.to("$share/g/a/b"), gone);
        tree.remove(TopicFilter.of("a/b"), gone);
        tree.remove(TopicFilter.of("$share/g/a/b"), gone);
        gone = null;
        for (int i = 0; i < 50 && held.get() != null; i++) {
            System.gc();
        }
        assertThat(held.get()).isNull();
    }

    @Test
    void aTargetOfOneSubscriptionIsBuiltOnce() {
        tree.put(Member.to("a/b"), ann);
        tree.put(Member.to("a/+"), bob);
        for (int i = 0; i < 2; i++) {
            Target first = tree.match(TOPIC).target(i);
            assertThat(tree.match(TOPIC).target(i)).isSameAs(first);
            assertThat(first.withoutNoLocal()).isSameAs(first);
            assertThat(first.identifiers()).isEmpty();
        }
        assertThat(tree.match(TOPIC).target(0).identifiers())
                .isSameAs(tree.match(TOPIC).target(1).identifiers());
    }
}
