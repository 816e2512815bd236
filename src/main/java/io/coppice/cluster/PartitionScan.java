package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.map.IMap;
import com.hazelcast.partition.PartitionService;
import com.hazelcast.query.Predicate;
import com.hazelcast.query.Predicates;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks through a map, partition by partition, on a thread of its own: what is looked for is looked for by the members
 * that have it, and never more than one partition is on the way.
 */
final class PartitionScan implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionScan.class);
    private static final long PAUSE_MILLIS = 100;

    private final PartitionService partitions;
    private final HazelcastMember member;
    private final long patienceMillis;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "coppice-scan");
        thread.setDaemon(true);
        return thread;
    });
    /** Of the worker: the last walk failed and that was told. Who has no majority tries again at once, and not each time is news. */
    private boolean failing;

    /** @param patienceMillis how long one partition is tried */
    PartitionScan(HazelcastMember member, long patienceMillis) {
        this.member = member;
        this.partitions = member.instance().getPartitionService();
        this.patienceMillis = patienceMillis;
    }

    /**
     * Walks through a map.
     *
     * @param each called on the scan's thread for what matches in one partition; where a partition has to be asked
     *     again, it is not called for the time before
     * @param then called after that, on any thread: false when not all could be read
     */
    <V> void run(
            IMap<String, V> map,
            Predicate<String, V> wanted,
            Consumer<Collection<Map.Entry<String, V>>> each,
            Consumer<Boolean> then) {
        try {
            worker.execute(() -> then.accept(walk(map, wanted, each)));
        } catch (RejectedExecutionException closed) {
            then.accept(false);
        }
    }

    private <V> boolean walk(
            IMap<String, V> map, Predicate<String, V> wanted, Consumer<Collection<Map.Entry<String, V>>> each) {
        try {
            for (String key : keys()) {
                each.accept(read(map, Predicates.partitionPredicate(key, wanted)));
            }
            failing = false;
            return true;
        } catch (RuntimeException fault) {
            if (!failing) {
                failing = true;
                LOG.warn(
                        getMarker("cluster-scan-failed"),
                        "Map {} could not be read to its end; whoever asked is told so: {}",
                        map.getName(),
                        fault.toString());
            }
            return false;
        }
    }

    private <V> Collection<Map.Entry<String, V>> read(IMap<String, V> map, Predicate<String, V> wanted) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
        while (true) {
            try {
                return map.entrySet(wanted);
            } catch (RuntimeException fault) {
                if (!Faults.mayPass(fault, member.hasMajority()) || System.nanoTime() >= deadline) {
                    throw fault;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
            }
        }
    }

    /** One key for each partition, since a partition is asked for by a key that is in it. */
    private Collection<String> keys() {
        int count = partitions.getPartitions().size();
        String[] keys = new String[count];
        int found = 0;
        for (int candidate = 0; found < count; candidate++) {
            String key = Integer.toString(candidate);
            int partition = partitions.getPartition(key).getPartitionId();
            if (keys[partition] == null) {
                keys[partition] = key;
                found++;
            }
        }
        return List.of(keys);
    }

    @Override
    public void close() {
        worker.shutdownNow();
    }
}
