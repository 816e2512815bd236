package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.impl.MemberImpl;
import com.hazelcast.version.MemberVersion;
import io.coppice.port.Archive;
import io.coppice.port.NodeId;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RosterTest {
    private static final long PATIENCE = 120_000;

    private final MemberSettings one = settings("one");
    private final MemberSettings two = settings("two");
    private final MemberSettings three = settings("three");
    private long now;
    private final Roster roster;

    RosterTest() throws Exception {
        roster = new Roster(electorate(), 1, false, PATIENCE, () -> now * 1_000_000);
    }

    @Test
    void whoeverComesBackWithTheSameIdentityCountsNoMore() throws Exception {
        assertThat(seen(full(three), full(two), full(one))).containsExactly("one", "three", "two");
        assertThat(seen(full(one))).containsExactly("one");

        assertThat(seen(full(one), full(two), full(three))).containsExactly("one");
        assertThat(roster.isMajority(List.of(full(one), full(two)))).isFalse();
        roster.bring();
        assertThat(roster.isMajority(List.of(full(one), full(two)))).isTrue();

        assertThat(seen(full(one), full(settings("two")))).containsExactly("one", "two");
    }

    @Test
    void whoHasNoDataOrANameThatIsTakenDoesNotCount() throws Exception {
        assertThat(seen(full(one), member(settings("two"), true), full(settings("one"))))
                .containsExactly("one");
        assertThat(seen(full(one), full(settings("two")))).containsExactly("one", "two");
    }

    /** The three of a cluster that came apart, as one of them sees it. */
    private void comeApart() throws Exception {
        comeApart(roster);
    }

    private void comeApart(Roster of) throws Exception {
        of.serve();
        assertThat(seen(of, full(one), full(two), full(three))).hasSize(3);
        assertThat(seen(of, full(one))).containsExactly("one");
    }

    @Test
    void whoHasNothingMakesNoMajorityWithOneThatLacksWhatOthersMayHave() throws Exception {
        comeApart();
        // it has brought what it had to the third, which nobody here has heard of
        Member again = full(settings("two"));
        assertThat(seen(full(one), again)).containsExactly("one");
        assertThat(roster.isMajority(List.of(full(one), again))).isFalse();

        roster.brought(List.of(two.id(), three.id()));
        assertThat(seen(full(one), again)).containsExactly("one", "two");
        assertThat(roster.isMajority(List.of(full(one), again))).isTrue();
    }

    @Test
    void itDoesOnceNobodyIsLeftWhoCouldBringSomething() throws Exception {
        comeApart();
        assertThat(seen(full(one), full(settings("two")))).containsExactly("one");
        assertThat(seen(full(one), full(settings("two")), full(settings("three"))))
                .hasSize(3);
    }

    @Test
    void nobodyIsWaitedForLongerThanConfigured() throws Exception {
        comeApart();
        Member again = full(settings("two"));
        assertThat(seen(full(one), again)).containsExactly("one");
        now += PATIENCE - 1;
        assertThat(seen(full(one), again)).containsExactly("one");
        now += 1;
        assertThat(seen(full(one), again)).containsExactly("one", "two");
    }

    /** Of what one has that fails alone there is a copy. */
    @Test
    void afterOneNodeFailedAndThenAnotherTheLastIsEnough() throws Exception {
        roster.serve();
        assertThat(seen(full(one), full(two), full(three))).hasSize(3);
        assertThat(seen(full(one), full(two))).hasSize(2);
        assertThat(roster.isUnsettled()).isTrue();
        roster.settled(List.of(
                MemberTraits.of(full(one)).member(),
                MemberTraits.of(full(three)).member()));
        assertThat(roster.isUnsettled()).as("others were asked").isTrue();
        roster.settled(List.of(
                MemberTraits.of(full(one)).member(), MemberTraits.of(full(two)).member()));
        assertThat(roster.isUnsettled()).isFalse();
        assertThat(seen(full(one))).hasSize(1);
        assertThat(seen(full(one), full(settings("three")))).containsExactly("one", "three");
    }

    /** Hazelcast tells of two that are cut off at the same moment one after the other. */
    @Test
    void whoFailsBeforeCopiesWereMadeOfWhatAnotherHadIsMissedTogetherWithIt() throws Exception {
        roster.serve();
        assertThat(seen(full(one), full(two), full(three))).hasSize(3);
        assertThat(seen(full(one), full(two))).hasSize(2);
        assertThat(seen(full(one))).hasSize(1);
        Member again = full(settings("two"));
        assertThat(seen(full(one), again)).containsExactly("one");
        assertThat(roster.isUnsettled()).isFalse();
        roster.brought(List.of(three.id()));
        assertThat(seen(full(one), again)).containsExactly("one", "two");
    }

    /** On disks, so that nothing comes back before who has it has started anew. */
    @Test
    void whereThereAreDisksEachOfTheMissingHasToBringItsOwn() throws Exception {
        Roster roster = new Roster(electorate(), 1, true, PATIENCE, () -> now * 1_000_000);
        comeApart(roster);
        assertThat(roster.isWaiting()).isTrue();

        Member second = full(settings("two"));
        // what Hazelcast calls merged may be missing in part
        roster.brought(List.of(two.id(), three.id()));
        assertThat(seen(roster, full(one), second)).containsExactly("one");
        assertThat(roster.isMajority(List.of(full(one), second)))
                .as("it can bring what is on its disk")
                .isTrue();
        assertThat(roster.unheard(List.of(full(one), second))).containsExactly(second);

        roster.arrived(List.of(id(second)));
        assertThat(roster.unheard(List.of(full(one), second))).isEmpty();
        assertThat(seen(roster, full(one), second)).as("the third is missing").containsExactly("one");
        Member third = member(settings("three"), true);
        assertThat(seen(roster, full(one), second, third)).containsExactly("one");
        now += PATIENCE + 1;
        assertThat(seen(roster, full(one), second, third)).as("it is bringing").containsExactly("one");

        roster.arrived(List.of(id(third)));
        assertThat(seen(roster, full(one), second, third)).containsExactly("one", "two");
        assertThat(roster.isWaiting()).isFalse();
        assertThat(seen(roster, full(one), second, full(settings("four"))))
                .as("who comes to a majority has brought it before")
                .containsExactly("four", "one", "two");
    }

    @Test
    void aDiskThatStaysAwayIsWaitedForNoLongerThanConfigured() throws Exception {
        Roster roster = new Roster(electorate(), 1, true, PATIENCE, () -> now * 1_000_000);
        comeApart(roster);
        Member second = full(settings("two"));
        assertThat(seen(roster, full(one), second)).containsExactly("one");
        now += PATIENCE;
        roster.arrived(List.of(id(second)));
        assertThat(seen(roster, full(one), second))
                .as("it was not waited for yet")
                .containsExactly("one");
        now += PATIENCE - 1;
        assertThat(seen(roster, full(one), second)).containsExactly("one");
        now += 1;
        assertThat(seen(roster, full(one), second)).containsExactly("one", "two");
        assertThat(roster.isWaiting()).isFalse();
    }

    private static NodeId id(Member member) {
        return MemberTraits.of(member).id();
    }

    private List<String> seen(Member... members) {
        return seen(roster, members);
    }

    private static List<String> seen(Roster roster, Member... members) {
        Set<Member> present = new LinkedHashSet<>(List.of(members));
        return roster.members(() -> present).stream()
                .map(each -> each.id().name())
                .toList();
    }

    private static Electorate electorate() throws JoinRefused {
        return Electorate.of(settings("any").cluster(), Archive.NONE, System::nanoTime, () -> {});
    }

    private static MemberSettings settings(String name) {
        return new TestCluster(3, 1).settings(name);
    }

    private static Member full(MemberSettings settings) throws Exception {
        return member(settings, false);
    }

    private static Member member(MemberSettings settings, boolean lite) throws Exception {
        return new MemberImpl.Builder(new Address(InetAddress.getLoopbackAddress(), 1))
                .version(MemberVersion.of("5.7.0"))
                .uuid(UUID.randomUUID())
                .attributes(MemberTraits.attributes(settings, 5).getAttributes())
                .liteMember(lite)
                .build();
    }
}
