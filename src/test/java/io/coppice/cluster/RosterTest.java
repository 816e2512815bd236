package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.impl.MemberImpl;
import com.hazelcast.version.MemberVersion;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RosterTest {
    private final Roster roster = new Roster();

    @Test
    void whoeverComesBackWithTheSameIdentityCountsNoMore() throws Exception {
        MemberSettings one = settings("one");
        MemberSettings two = settings("two");
        MemberSettings three = settings("three");
        assertThat(seen(full(three), full(two), full(one))).containsExactly("one", "three", "two");
        assertThat(seen(full(one))).containsExactly("one");

        assertThat(seen(full(one), full(two), full(three))).containsExactly("one");
        assertThat(roster.isMajority(List.of(full(one), full(two)), 2)).isFalse();
        roster.bring();
        assertThat(roster.isMajority(List.of(full(one), full(two)), 2)).isTrue();

        assertThat(seen(full(one), full(settings("two")))).containsExactly("one", "two");
    }

    @Test
    void whoHasNoDataOrANameThatIsTakenDoesNotCount() throws Exception {
        MemberSettings one = settings("one");

        assertThat(seen(full(one), member(settings("two"), true), full(settings("one"))))
                .containsExactly("one");
        assertThat(seen(full(one), full(settings("two")))).containsExactly("one", "two");
    }

    private List<String> seen(Member... members) {
        Set<Member> present = new LinkedHashSet<>(List.of(members));
        return roster.members(() -> present).stream()
                .map(each -> each.id().name())
                .toList();
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
                .attributes(MemberTraits.attributes(settings).getAttributes())
                .liteMember(lite)
                .build();
    }
}
