package io.coppice.cluster;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.KubernetesConfig;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.config.ManagementCenterConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.config.MetadataPolicy;
import com.hazelcast.config.MetricsConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.SplitBrainProtectionConfig;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.core.LifecycleListener;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperty;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionOn;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.CoppiceConfig.ClusterMode;
import io.coppice.config.Hosts;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Hazelcast as we want it: from the settings alone, without a look at files, environment or system properties; with
 * nothing open but the port for members, and nothing on that we do not use.
 */
final class HazelcastConfig {
    static final String HOMES = "coppice.homes";
    static final String SESSIONS = "coppice.sessions";
    static final String RETAINED = "coppice.retained";
    static final String ROUTES = "coppice.routes";
    static final String RECOVERY = "coppice.recovery";
    static final String MAJORITY = "coppice.majority";

    private static final int HEARTBEAT_SECONDS = 2;
    /** With 10 s a pair that was starved of CPU, but well, came apart. */
    static final int NO_HEARTBEAT_SECONDS_MAX = 15;

    private static final int PARTIAL_HEARTBEATS = 5;
    private static final int MERGE_FIRST_SECONDS = 10;
    /** Until then a node that was cut off refuses everybody, however long the network has been well again. */
    private static final int MERGE_NEXT_SECONDS = 5;

    private static final int CALL_TIMEOUT_MILLIS = 15_000;
    /**
     * A write waits as long for a copy on a node that was killed meanwhile; what is asked again after it takes its copy on
     * another one.
     */
    private static final int BACKUP_TIMEOUT_MILLIS = 1_000;

    private static final int JOIN_WAIT_SECONDS = 1;
    private static final int CONNECT_SECONDS_MAX = 3;
    /**
     * With Hazelcast's 0 the end of a connection is told when the thread that selects it wakes up, up to 5 s later; until
     * then the other end loses what it sends.
     */
    private static final int LINGER_OFF = -1;

    private static final int MERGE_BATCH = 100;
    private static final int MOVING_PARTITIONS_MAX = 1;
    private static final int MOVING_MEGABYTES_MAX = 4;

    private HazelcastConfig() {}

    static Config of(
            MemberSettings settings,
            Roster roster,
            Electorate electorate,
            VersionInEffect version,
            LifecycleListener lifecycle)
            throws JoinRefused {
        Cluster cluster = settings.cluster();
        Config config = new Config("coppice-" + settings.id());
        config.setClusterName(cluster.name());
        config.getUserContext().put(Roster.class.getName(), roster);
        config.getUserContext().put(Electorate.class.getName(), electorate);
        config.getUserContext().put(VersionInEffect.class.getName(), version);
        config.setClassLoader(HazelcastConfig.class.getClassLoader());
        config.setMemberAttributeConfig(MemberTraits.attributes(settings, version.written()));
        // A member without data until it was let in: what is refused again was given no copies and counts for no
        // majority.
        config.setLiteMember(true);
        config.addListenerConfig(new ListenerConfig(lifecycle));
        network(cluster, config.getAdvancedNetworkConfig());
        properties(settings, config);
        serialization(config);
        nothingElse(config);
        majority(roster, config);
        for (String map : List.of(HOMES, SESSIONS, RETAINED, ROUTES, RECOVERY)) {
            config.addMapConfig(map(map, cluster.backups()));
        }
        return config;
    }

    /** Of a network that is configured endpoint by endpoint only those exist that are named: there is no port for clients. */
    private static void network(Cluster cluster, AdvancedNetworkConfig network) throws JoinRefused {
        network.setEnabled(true);
        ServerSocketEndpointConfig endpoint =
                new ServerSocketEndpointConfig().setPort(cluster.port()).setPortAutoIncrement(false);
        endpoint.setSocketLingerSeconds(LINGER_OFF);
        endpoint.setSocketConnectTimeoutSeconds(CONNECT_SECONDS_MAX);
        if (!isWildcard(cluster.host())) {
            endpoint.getInterfaces().setEnabled(true).addInterface(address(cluster.host()));
        }
        network.setMemberEndpointConfig(endpoint);
        JoinConfig join = network.getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        if (cluster.mode() == ClusterMode.KUBERNETES) {
            KubernetesConfig kubernetes = join.getKubernetesConfig();
            kubernetes.setEnabled(true);
            kubernetes.setProperty("service-dns", cluster.service());
            kubernetes.setProperty("service-port", Integer.toString(cluster.port()));
        } else {
            TcpIpConfig members = join.getTcpIpConfig();
            members.setEnabled(true);
            members.setConnectionTimeoutSeconds(CONNECT_SECONDS_MAX);
            members.setMembers(cluster.members().stream()
                    .map(member -> Hosts.withPort(member.host(), member.port()))
                    .toList());
        }
    }

    private static boolean isWildcard(String host) {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    /** Interfaces are chosen by address, a name is looked up once. */
    private static String address(String host) throws JoinRefused {
        try {
            return InetAddress.getByName(host).getHostAddress();
        } catch (UnknownHostException unknown) {
            throw new JoinRefused("cluster.host: " + host + " has no address; allowed: an address of this machine");
        }
    }

    private static void properties(MemberSettings settings, Config config) {
        set(config, ClusterProperty.PARTITION_COUNT, settings.cluster().partitions());
        set(config, ClusterProperty.HEARTBEAT_INTERVAL_SECONDS, HEARTBEAT_SECONDS);
        set(config, ClusterProperty.MAX_NO_HEARTBEAT_SECONDS, NO_HEARTBEAT_SECONDS_MAX);
        set(config, ClusterProperty.MERGE_FIRST_RUN_DELAY_SECONDS, MERGE_FIRST_SECONDS);
        set(config, ClusterProperty.MERGE_NEXT_RUN_DELAY_SECONDS, MERGE_NEXT_SECONDS);
        set(config, ClusterProperty.WAIT_SECONDS_BEFORE_JOIN, JOIN_WAIT_SECONDS);
        set(config, ClusterProperty.MAX_JOIN_SECONDS, Math.max(1, settings.joinMillisMax() / 1_000));
        set(config, ClusterProperty.GRACEFUL_SHUTDOWN_MAX_WAIT, Math.max(1, settings.leaveMillisMax() / 1_000));
        set(config, ClusterProperty.OPERATION_CALL_TIMEOUT_MILLIS, CALL_TIMEOUT_MILLIS);
        set(config, ClusterProperty.OPERATION_BACKUP_TIMEOUT_MILLIS, BACKUP_TIMEOUT_MILLIS);
        // A write of which nobody knows whether it was copied must not be told as done.
        set(config, ClusterProperty.FAIL_ON_INDETERMINATE_OPERATION_STATE, true);
        set(
                config,
                ClusterProperty.SOCKET_BIND_ANY,
                isWildcard(settings.cluster().host()));
        // Who writes to a partition that moves waits for it: the fewer move at a time, the shorter.
        set(config, ClusterProperty.PARTITION_MAX_PARALLEL_MIGRATIONS, MOVING_PARTITIONS_MAX);
        set(config, ClusterProperty.PARTITION_CHUNKED_MAX_MIGRATING_DATA_IN_MB, MOVING_MEGABYTES_MAX);
        // Where two members see all but each other, one of them is sent away.
        set(config, ClusterProperty.PARTIAL_MEMBER_DISCONNECTION_RESOLUTION_HEARTBEAT_COUNT, PARTIAL_HEARTBEATS);
        set(config, ClusterProperty.LOGGING_TYPE, "slf4j");
        set(config, ClusterProperty.PHONE_HOME_ENABLED, false);
        set(config, ClusterProperty.SHUTDOWNHOOK_ENABLED, false);
        set(config, ClusterProperty.HEALTH_MONITORING_LEVEL, "OFF");
        set(config, ClusterProperty.ENABLE_JMX, false);
    }

    private static void set(Config config, HazelcastProperty property, Object value) {
        config.setProperty(property.getName(), value.toString());
    }

    /**
     * Members speak in the types of {@link WireFactory} and Hazelcast's own. Java serialization is left for the
     * exceptions of a failed operation, and for nothing else that may be on the class path.
     */
    private static void serialization(Config config) {
        JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig();
        filter.setDefaultsDisabled(true);
        filter.getWhitelist()
                .addPackages(
                        "com.hazelcast.cluster",
                        "com.hazelcast.config",
                        "com.hazelcast.core",
                        "com.hazelcast.internal.cluster.impl",
                        "com.hazelcast.internal.partition",
                        "com.hazelcast.map",
                        "com.hazelcast.map.impl.operation",
                        "com.hazelcast.nio.serialization",
                        "com.hazelcast.partition",
                        "com.hazelcast.query",
                        "com.hazelcast.spi.exception",
                        "com.hazelcast.splitbrainprotection",
                        "com.hazelcast.transaction",
                        "com.hazelcast.version")
                .addClasses(
                        "java.lang.Throwable",
                        "java.lang.Exception",
                        "java.lang.RuntimeException",
                        "java.lang.Error",
                        "java.lang.IllegalStateException",
                        "java.lang.IllegalArgumentException",
                        "java.lang.NullPointerException",
                        "java.lang.UnsupportedOperationException",
                        "java.lang.IndexOutOfBoundsException",
                        "java.lang.ArrayIndexOutOfBoundsException",
                        "java.lang.ClassCastException",
                        "java.lang.SecurityException",
                        "java.lang.VirtualMachineError",
                        "java.lang.OutOfMemoryError",
                        "java.lang.StackTraceElement",
                        "[Ljava.lang.StackTraceElement;",
                        "java.io.IOException",
                        "java.util.ArrayList",
                        "java.util.Collections$EmptyList",
                        "java.util.Collections$UnmodifiableList",
                        "java.util.Collections$UnmodifiableCollection",
                        "java.util.Collections$UnmodifiableRandomAccessList",
                        "java.util.concurrent.CancellationException",
                        "java.util.concurrent.CompletionException",
                        "java.util.concurrent.ExecutionException",
                        "java.util.concurrent.TimeoutException");
        config.getSerializationConfig()
                .setCheckClassDefErrors(true)
                .setAllowUnsafe(false)
                .setJavaSerializationFilterConfig(filter)
                .addDataSerializableFactory(WireFactory.ID, new WireFactory());
    }

    private static void nothingElse(Config config) {
        config.getJetConfig().setEnabled(false).setResourceUploadEnabled(false);
        config.getUserCodeDeploymentConfig().setEnabled(false);
        config.setMetricsConfig(new MetricsConfig().setEnabled(false));
        config.setManagementCenterConfig(new ManagementCenterConfig()
                .setScriptingEnabled(false)
                .setConsoleEnabled(false)
                .setDataAccessEnabled(false));
        config.getDynamicConfigurationConfig().setPersistenceEnabled(false);
        config.getCPSubsystemConfig().setCPMemberCount(0);
    }

    private static void majority(Roster roster, Config config) {
        config.addSplitBrainProtectionConfig(new SplitBrainProtectionConfig(MAJORITY, true)
                .setProtectOn(SplitBrainProtectionOn.READ_WRITE)
                .setFunctionImplementation(members -> roster.isMajority(members)));
    }

    private static MapConfig map(String name, int backups) {
        return new MapConfig(name)
                // Values are looked at far more often than they move, and are never changed but by our processors.
                .setInMemoryFormat(InMemoryFormat.OBJECT)
                .setBackupCount(backups)
                .setAsyncBackupCount(0)
                .setReadBackupData(false)
                .setStatisticsEnabled(false)
                .setPerEntryStatsEnabled(false)
                .setMetadataPolicy(MetadataPolicy.OFF)
                .setSplitBrainProtectionName(MAJORITY)
                .setMergePolicyConfig(new MergePolicyConfig(HighestVersion.class.getName(), MERGE_BATCH));
    }
}
