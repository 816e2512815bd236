package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.OutOfMemoryHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that memory was short for a member, as everything else is said. Hazelcast by itself would shut the members of the
 * process down, and what is left of a node without its member knows less than one that is started anew.
 */
final class MemberHeap extends OutOfMemoryHandler {
    private static final Logger LOG = LoggerFactory.getLogger(MemberHeap.class);

    @Override
    public void onOutOfMemory(OutOfMemoryError fault, HazelcastInstance[] members) {
        LOG.error(getMarker("member-out-of-memory"), "A task of the member could not be done", fault);
    }
}
