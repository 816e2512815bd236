package io.coppice.cluster;

import static java.util.Objects.requireNonNull;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import io.coppice.config.CoppiceConfig.Address;
import io.coppice.port.NodeId;
import io.coppice.port.View;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.shareddata.Counter;
import io.vertx.core.shareddata.Lock;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.NodeListener;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.core.spi.cluster.RegistrationUpdateEvent;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the event bus wants to know of the cluster, told from the list of members: the address of a loop names its node,
 * and a node says in its attributes where its bus is. Nothing of it is stored, so nothing of it can be lost or old. For
 * all else that Vert.x may ask, vertx-hazelcast works on the same Hazelcast.
 */
public final class BusClusterManager implements ClusterManager {
    private static final String PREFIX = "coppice/";

    private final String self;
    private @Nullable Vertx vertx;
    private @Nullable RegistrationListener registrations;
    private volatile @Nullable NodeInfo bus;
    private volatile @Nullable HazelcastMember member;
    private volatile @Nullable HazelcastClusterManager shared;

    public BusClusterManager(NodeId self) {
        this.self = self.toString();
    }

    /** Vert.x's part on a Hazelcast of ours, without its own account of who listens where. */
    private static final class SharedData extends HazelcastClusterManager {
        SharedData(HazelcastInstance instance) {
            super(instance);
        }

        @Override
        public void memberAdded(MembershipEvent event) {}

        @Override
        public void memberRemoved(MembershipEvent event) {}

        @Override
        public void stateChanged(LifecycleEvent event) {}
    }

    /** The address on which a loop of a node is reached. */
    static String address(NodeId node, int shard) {
        return PREFIX + node + "/" + shard;
    }

    private static String nodeOf(String address) {
        return address.substring(PREFIX.length(), address.lastIndexOf('/'));
    }

    /** The port that the bus has; 0 before it has one. */
    public int busPort() {
        NodeInfo bound = bus;
        return bound == null ? 0 : bound.port();
    }

    /** From now on there are others. */
    public Future<Void> joined(HazelcastMember joined) {
        HazelcastClusterManager manager = new SharedData(joined.instance());
        manager.init(requireNonNull(vertx));
        manager.registrationListener(new RegistrationListener() {});
        Promise<Void> done = Promise.promise();
        manager.join(done);
        return done.future().onSuccess(ready -> {
            shared = manager;
            member = joined;
        });
    }

    /** From now on there are no others any more; before the member leaves. */
    public Future<Void> left() {
        Promise<Void> done = Promise.promise();
        leave(done);
        return done.future();
    }

    /** Nobody will send to a node any more. */
    void forget(View.Member gone) {
        RegistrationListener listener = registrations;
        if (listener != null) {
            for (int shard = 0; shard < gone.shards(); shard++) {
                listener.registrationsUpdated(new RegistrationUpdateEvent(address(gone.id(), shard), List.of()));
            }
        }
    }

    // --- the bus

    @Override
    public void init(Vertx own) {
        vertx = own;
    }

    @Override
    public void registrationListener(RegistrationListener listener) {
        registrations = listener;
    }

    /** The member joins later, when it can say which port the bus has. */
    @Override
    public void join(Completable<Void> promise) {
        promise.succeed();
    }

    @Override
    public String getNodeId() {
        return self;
    }

    @Override
    public void setNodeInfo(NodeInfo info, Completable<Void> promise) {
        bus = info;
        promise.succeed();
    }

    @Override
    public @Nullable NodeInfo getNodeInfo() {
        return bus;
    }

    @Override
    public void getNodeInfo(String node, Completable<NodeInfo> promise) {
        Address there = busOf(node);
        if (there == null) {
            promise.fail("node " + node + " is not there");
        } else {
            promise.succeed(new NodeInfo(there.host(), there.port(), null));
        }
    }

    private @Nullable Address busOf(String node) {
        HazelcastMember present = member;
        return present == null ? null : present.busOf(node);
    }

    @Override
    public List<String> getNodes() {
        HazelcastMember present = member;
        return present == null
                ? List.of(self)
                : present.members().stream().map(each -> each.id().toString()).toList();
    }

    /** Every node listens on the addresses of its loops, and on nothing else. */
    @Override
    public void getRegistrations(String address, Completable<List<RegistrationInfo>> promise) {
        boolean there = address.startsWith(PREFIX) && busOf(nodeOf(address)) != null;
        promise.succeed(there ? List.of(new RegistrationInfo(nodeOf(address), 0, false)) : List.of());
    }

    @Override
    public void addRegistration(String address, RegistrationInfo registration, Completable<Void> promise) {
        promise.succeed();
    }

    @Override
    public void removeRegistration(String address, RegistrationInfo registration, Completable<Void> promise) {
        promise.succeed();
    }

    // --- everything else

    private HazelcastClusterManager shared() {
        HazelcastClusterManager manager = shared;
        if (manager == null) {
            throw new IllegalStateException("this node is no member of a cluster yet, or any more");
        }
        return manager;
    }

    @Override
    public <K, V> void getAsyncMap(String name, Completable<AsyncMap<K, V>> promise) {
        shared().getAsyncMap(name, promise);
    }

    @Override
    public <K, V> Map<K, V> getSyncMap(String name) {
        return shared().getSyncMap(name);
    }

    @Override
    public void getLockWithTimeout(String name, long timeout, Completable<Lock> promise) {
        shared().getLockWithTimeout(name, timeout, promise);
    }

    @Override
    public void getCounter(String name, Completable<Counter> promise) {
        shared().getCounter(name, promise);
    }

    /** For moving verticles of a node that fails, which we do not have. */
    @Override
    public void nodeListener(NodeListener listener) {}

    @Override
    public boolean isActive() {
        return shared != null;
    }

    @Override
    public void leave(Completable<Void> promise) {
        HazelcastClusterManager manager = shared;
        shared = null;
        member = null;
        if (manager == null
                || !manager.getHazelcastInstance().getLifecycleService().isRunning()) {
            promise.succeed();
        } else {
            manager.leave(promise);
        }
    }
}
