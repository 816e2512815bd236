package io.coppice.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import io.coppice.config.Hosts;
import io.coppice.port.Membership;
import io.coppice.port.NodeId;
import io.coppice.port.WireVersions;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a member can say of its cluster. */
final class HazelcastMembership implements Membership {
    private final HazelcastMember member;

    HazelcastMembership(HazelcastMember member) {
        this.member = member;
    }

    @Override
    public String clusterName() {
        return member.settings().cluster().name();
    }

    @Override
    public String mode() {
        return member.settings().cluster().mode().name().toLowerCase(Locale.ROOT);
    }

    @Override
    public int wireVersion() {
        return member.writtenVersion();
    }

    @Override
    public Map<NodeId, WireVersions> wireVersions() {
        return member.wires();
    }

    @Override
    public Size size() {
        Electorate electorate = member.electorate();
        Agreement agreed = electorate.agreement();
        int configured = member.settings().cluster().expectedSize();
        return new Size(
                electorate.size(),
                configured,
                Math.max(configured, member.settings().cluster().sizeMax()),
                electorate.majority(),
                electorate.isElastic() ? agreed.version() : 0,
                List.copyOf(agreed.now().names()));
    }

    @Override
    public void resize(int size, Consumer<@Nullable String> then) {
        member.sizing().resize(size, then);
    }

    @Override
    public boolean copiesMissing() {
        return member.copies().missing();
    }

    @Override
    public Map<NodeId, String> addresses() {
        Map<NodeId, String> addresses = new HashMap<>();
        try {
            for (Member each : member.instance().getCluster().getMembers()) {
                MemberTraits traits = MemberTraits.of(each);
                if (traits != null) {
                    addresses.put(
                            traits.id(),
                            Hosts.withPort(
                                    each.getAddress().getHost(),
                                    each.getAddress().getPort()));
                }
            }
        } catch (HazelcastInstanceNotActiveException gone) {
            return Map.of();
        }
        return addresses;
    }
}
