package io.coppice.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.core.ManagedContext;
import com.hazelcast.internal.nio.BufferObjectDataInput;
import com.hazelcast.nio.ObjectDataInput;
import io.coppice.port.Archive;
import io.coppice.port.CommonNames;
import io.coppice.port.Scratch;
import org.jspecify.annotations.Nullable;

/** What a value or a processor finds on the member that it comes to. */
class OnMember implements HazelcastInstanceAware {
    private @Nullable HazelcastInstance member;

    @Override
    public void setHazelcastInstance(HazelcastInstance instance) {
        member = instance;
    }

    /** Where the member puts what need not be in memory; null where it has no disk. */
    @Nullable
    Scratch scratch() {
        HazelcastInstance here = member;
        return here == null ? null : scratch(here);
    }

    /** Names that many values on the member have in common; of one that is not on a member none are. */
    CommonNames names() {
        HazelcastInstance here = member;
        return here == null ? new CommonNames() : names(here);
    }

    private static CommonNames names(HazelcastInstance member) {
        return (CommonNames)
                member.getUserContext().computeIfAbsent(CommonNames.class.getName(), name -> new CommonNames());
    }

    private static @Nullable Scratch scratch(HazelcastInstance member) {
        Object archive = member.getUserContext().get(Archive.class.getName());
        return archive instanceof Archive present ? present.scratch() : null;
    }

    /** That of the member which reads something. */
    static @Nullable Scratch scratch(ObjectDataInput in) {
        return where(in).scratch();
    }

    /** Those of the member which reads something. */
    static CommonNames names(ObjectDataInput in) {
        return where(in).names();
    }

    private static OnMember where(ObjectDataInput in) {
        ManagedContext context = in instanceof BufferObjectDataInput buffer
                ? buffer.getSerializationService().getManagedContext()
                : null;
        OnMember here = new OnMember();
        if (context != null) {
            context.initialize(here);
        }
        return here;
    }
}
