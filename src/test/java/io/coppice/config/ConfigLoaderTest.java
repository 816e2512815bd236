package io.coppice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.coppice.blackbox.Hostile;
import io.coppice.config.CoppiceConfig.Log;
import io.coppice.config.CoppiceConfig.LogFormat;
import io.coppice.config.CoppiceConfig.LogLevel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The configuration is what its sources say, in their order, or is refused with all that is wrong. */
class ConfigLoaderTest {
    @TempDir
    private Path directory;

    private static CoppiceConfig sets(String... sets) throws ConfigException {
        return ConfigLoader.load(null, Map.of("HOSTNAME", "host"), List.of(sets));
    }

    private static CoppiceConfig environment(String variable, String value) throws ConfigException {
        return ConfigLoader.load(null, Map.of(variable, value), List.of());
    }

    private Path path(String yaml) throws IOException {
        return Files.writeString(directory.resolve("c.yaml"), yaml);
    }

    private CoppiceConfig file(String yaml) throws ConfigException, IOException {
        return ConfigLoader.load(path(yaml), Map.of(), List.of());
    }

    private List<String> faultsOfFile(String yaml) throws IOException {
        Path path = path(yaml);
        return faults(() -> ConfigLoader.load(path, Map.of(), List.of())).stream()
                .map(line -> line.replace(path.toString(), "c.yaml"))
                .toList();
    }

    private interface Loading {
        CoppiceConfig load() throws ConfigException;
    }

    private static List<String> faults(Loading loading) {
        try {
            loading.load();
            return List.of();
        } catch (ConfigException refused) {
            return refused.faults();
        }
    }

    private static List<String> faultsOfSets(String... sets) {
        return faults(() -> sets(sets));
    }

    private static Setting setting(CoppiceConfig config, String key) {
        return config.settings().stream()
                .filter(setting -> setting.key().equals(key))
                .findFirst()
                .orElseThrow();
    }

    @Nested
    class Defaults {
        @Test
        void listenOnLoopbackAndLetAnonymousClientsIn() throws ConfigException {
            CoppiceConfig config = sets();

            assertThat(config.listeners().mqtt())
                    .isEqualTo(new CoppiceConfig.Listener(
                            true, "127.0.0.1", 1883, false, List.of(), CoppiceConfig.Tls.NONE));
            assertThat(config.listeners().ws())
                    .isEqualTo(new CoppiceConfig.WebSocketListener(
                            true,
                            "127.0.0.1",
                            8083,
                            "/mqtt",
                            false,
                            List.of(),
                            Origins.SAME_HOST,
                            CoppiceConfig.Tls.NONE));
            assertThat(config.admin().host()).isEqualTo("127.0.0.1");
            assertThat(config.admin().port()).isEqualTo(8080);
            assertThat(config.admin().knowsUsers()).isFalse();
            assertThat(config.security().anonymous()).isTrue();
        }

        @Test
        void limitEverything() throws ConfigException {
            assertThat(sets().limits())
                    .isEqualTo(new CoppiceConfig.Limits(
                            1_048_576,
                            16_384,
                            Duration.ofSeconds(10),
                            Duration.ofSeconds(10),
                            Duration.ofSeconds(10),
                            65_535,
                            65_535,
                            128,
                            100_000,
                            100,
                            131_072,
                            1_024,
                            256,
                            10_000,
                            67_108_864,
                            262_144,
                            Runtime.getRuntime().maxMemory() / 2,
                            CoppiceConfig.QueueOverflow.DROP_NEWEST,
                            4_294_967_295L,
                            1_000_000,
                            1_000_000,
                            1_073_741_824,
                            100_000,
                            10_000,
                            134_217_728,
                            67_108_864,
                            5_000,
                            Duration.ofSeconds(15),
                            Duration.ofMillis(500),
                            0,
                            65_535,
                            32,
                            32,
                            1_048_576,
                            Duration.ofMinutes(1),
                            65_536,
                            65_536,
                            100_000,
                            80,
                            Duration.ofSeconds(2),
                            0,
                            100_000,
                            1_000,
                            new CoppiceConfig.AdminLimits(256, 1_048_576, 10)));
        }

        @Test
        void chooseTheRest() throws ConfigException {
            CoppiceConfig config = sets();

            assertThat(config.durability()).isEqualTo(CoppiceConfig.Durability.DISK);
            assertThat(config.durabilitySync()).isEqualTo(CoppiceConfig.DurabilitySync.OS);
            assertThat(config.sharedSubscriptions().strategy()).isEqualTo(CoppiceConfig.ShareStrategy.ROUND_ROBIN);
            assertThat(config.sharedSubscriptions().preferLocal()).isFalse();
            assertThat(config.sys().interval()).isEqualTo(Duration.ofSeconds(10));
            assertThat(config.mqtt().payloadFormatCheck()).isFalse();
            assertThat(config.mqtt().serverReference()).isEmpty();
            assertThat(config.limits().drainTimeMax()).isEqualTo(Duration.ofSeconds(15));
            assertThat(config.limits().drainSettleTime()).isEqualTo(Duration.ofMillis(500));
            assertThat(config.security().passwordFile()).isEmpty();
            assertThat(config.security().reloadInterval()).isEqualTo(Duration.ofSeconds(5));
            assertThat(config.security().passwordMemory()).isEqualTo(Duration.ofMinutes(10));
            assertThat(config.security().checkSource()).isTrue();
            assertThat(config.security().certificateUser()).isEqualTo(CoppiceConfig.CertificateUser.NONE);
            assertThat(config.security().ban())
                    .isEqualTo(new CoppiceConfig.Ban(20, 0, Duration.ofMinutes(1), Duration.ofMinutes(5)));
            assertThat(config.security().flapping())
                    .isEqualTo(new CoppiceConfig.Flapping(0, Duration.ofMinutes(1), Duration.ofMinutes(5)));
        }

        @Test
        void nameTheNodeAfterItsHostAndUseEveryProcessor() throws ConfigException {
            CoppiceConfig.Node node = sets().node();

            assertThat(node.name()).isEqualTo("host");
            assertThat(node.eventLoops()).isEqualTo(Runtime.getRuntime().availableProcessors());
        }

        @Test
        void nameTheNodeSomehowWhereTheEnvironmentIsSilent() throws ConfigException {
            assertThat(ConfigLoader.load(null, Map.of("HOSTNAME", ""), List.of())
                            .node()
                            .name())
                    .isNotEmpty();
        }

        @Test
        void areRememberedAsSuch() throws ConfigException {
            Setting setting = setting(sets(), "limits.packet-size-max");

            assertThat(setting.value()).isEqualTo("1MiB");
            assertThat(setting.source()).isEqualTo("default");
            assertThat(setting.documentation()).isEqualTo("Size of one packet.");
        }
    }

    @Nested
    class Order {
        @Test
        void theCommandLineOutranksTheEnvironmentWhichOutranksTheFile() throws Exception {
            Path path = path("admin: {port: 1, host: 127.0.0.2}\nsys:\n  interval: 1s\n");
            Map<String, String> environment = Map.of("COPPICE_ADMIN_PORT", "2", "COPPICE_ADMIN_HOST", "127.0.0.3");
            CoppiceConfig config = ConfigLoader.load(path, environment, List.of("admin.port=3"));

            assertThat(config.admin().host()).isEqualTo("127.0.0.3");
            assertThat(config.admin().port()).isEqualTo(3);
            assertThat(config.sys().interval()).isEqualTo(Duration.ofSeconds(1));
            assertThat(setting(config, "admin.port").source()).isEqualTo("--set");
            assertThat(setting(config, "admin.host").source()).isEqualTo("COPPICE_ADMIN_HOST");
            assertThat(setting(config, "sys.interval").source()).isEqualTo(path + ":3");
        }

        @Test
        void ofTwoSetsTheLastCounts() throws ConfigException {
            assertThat(sets("admin.port=1", "admin.port=2").admin().port()).isEqualTo(2);
        }

        @Test
        void aWrongValueIsRefusedThoughItIsOutranked() throws IOException {
            Path path = path("admin.port: x");

            assertThat(faults(() -> ConfigLoader.load(path, Map.of(), List.of("admin.port=3"))))
                    .hasSize(1);
        }
    }

    @Nested
    class Values {
        @ParameterizedTest
        @CsvSource({
            "512, 512",
            "16KiB, 16384",
            "2MiB, 2097152",
            "268435455, 268435455",
        })
        void sizesAreBytesOrHaveABinaryUnit(String text, int bytes) throws ConfigException {
            String set = "limits.packet-size-max=" + text;

            assertThat(sets(set, "limits.packet-size-before-connect-max=256")
                            .limits()
                            .packetSizeMax())
                    .isEqualTo(bytes);
        }

        @ParameterizedTest
        @CsvSource({"500ms, 500", "10, 10000", "10s, 10000", "5m, 300000", "1h, 3600000"})
        void durationsAreSecondsOrHaveAUnit(String text, long millis) throws ConfigException {
            assertThat(sets("limits.connect-timeout=" + text).limits().connectTimeout())
                    .isEqualTo(Duration.ofMillis(millis));
        }

        @ParameterizedTest
        @CsvSource({"never, 4294967295", "4294967295, 4294967295", "0, 0", "60000ms, 60", "30d, 2592000"})
        void aSessionExpiryIsSecondsOrNever(String text, long seconds) throws ConfigException {
            assertThat(sets("limits.session-expiry-max=" + text).limits().sessionExpiryMax())
                    .isEqualTo(seconds);
        }

        @Test
        void anIntervalMayBeOff() throws ConfigException {
            assertThat(sets("sys.interval=0").sys().interval()).isZero();
        }

        @Test
        void whatMayBeTracedIsBounded() throws ConfigException {
            assertThat(sets("trace.traces-max=2", "trace.life-max=5m", "trace.events-max=100")
                            .trace())
                    .isEqualTo(new CoppiceConfig.Trace(2, Duration.ofMinutes(5), 100));
            assertThat(sets().trace()).isEqualTo(new CoppiceConfig.Trace(8, Duration.ofHours(1), 10_000));
        }

        @Test
        void spansAreMadeOnlyWhereACollectorIsNamed() throws ConfigException {
            assertThat(sets().telemetry()).isEqualTo(new CoppiceConfig.Telemetry("", "", 1_000, 4_096));
            String url = "https://collector.example:4318/v1/traces";
            assertThat(sets(
                                    "telemetry.url=" + url,
                                    "telemetry.headers-file=/etc/otlp",
                                    "telemetry.sample=0",
                                    "telemetry.queue-max=10")
                            .telemetry())
                    .isEqualTo(new CoppiceConfig.Telemetry(url, "/etc/otlp", 0, 10));
        }

        @Test
        void headersForACollectorStayOnTheMachineOrAreEncrypted() throws ConfigException {
            String file = "telemetry.headers-file=headers";
            assertThat(sets(file, "telemetry.url=http://[::1]:4318/v1/traces")
                            .telemetry()
                            .headersFile())
                    .isEqualTo("headers");
            assertThatThrownBy(() -> sets(file, "telemetry.url=http://collector:4318/v1/traces"))
                    .isInstanceOfSatisfying(
                            ConfigException.class,
                            wrong -> assertThat(wrong.faults())
                                    .singleElement()
                                    .asString()
                                    .endsWith("allowed: an https URL, or an http URL of this machine"));
        }

        @ParameterizedTest
        @CsvSource({
            "random, RANDOM",
            "least-inflight, LEAST_INFLIGHT",
            "sticky, STICKY",
            "hash-client, HASH_CLIENT",
            "hash-topic, HASH_TOPIC"
        })
        void choicesAreInKebabCase(String text, CoppiceConfig.ShareStrategy strategy) throws ConfigException {
            assertThat(sets("shared-subscriptions.strategy=" + text)
                            .sharedSubscriptions()
                            .strategy())
                    .isEqualTo(strategy);
        }

        @Test
        void namesAndLoopsAreTakenAsGiven() throws ConfigException {
            assertThat(sets("node.name=alder", "node.event-loops=3").node())
                    .isEqualTo(new CoppiceConfig.Node("alder", "data", 3, 5));
        }

        @ParameterizedTest
        @ValueSource(strings = {"localhost", "example.org", "0.0.0.0", "::", "::1", "fe80::1"})
        void hostsAreNamesOrAddresses(String host) throws ConfigException {
            assertThat(sets("cluster.host=" + host).cluster().host()).isEqualTo(host);
        }

        static Stream<String> wrong() {
            return Stream.of(
                    "listeners.mqtt.port=65536",
                    "listeners.mqtt.port=-1",
                    "listeners.mqtt.port=",
                    "listeners.mqtt.port=1e3",
                    "listeners.mqtt.port=99999999999999999999",
                    "listeners.mqtt.enabled=yes",
                    "listeners.mqtt.host=",
                    "listeners.mqtt.host=a b",
                    "listeners.mqtt.host=[::1]",
                    "listeners.mqtt.host=1:2",
                    "listeners.ws.path=mqtt",
                    "listeners.ws.path=/a b",
                    "node.name=a/b",
                    "node.event-loops=1025",
                    "security.anonymous=maybe",
                    "security.password-file=a\tb",
                    "security.reload-interval=-1s",
                    "security.check-threads=65",
                    "security.certificate-user=dn",
                    "security.ban.failures=-1",
                    "security.ban.time=0s",
                    "security.flapping.window=31d",
                    "security.acl-file=a\u0007b",
                    "security.reload-interval=25h",
                    "durability=tape",
                    "durability-sync=never",
                    "shared-subscriptions.strategy=ROUND_ROBIN",
                    "sys.interval=2d",
                    "sys.interval=ten",
                    "trace.traces-max=0",
                    "trace.life-max=0s",
                    "trace.life-max=8d",
                    "trace.events-max=1000001",
                    "telemetry.url=collector:4318",
                    "telemetry.url=ftp://collector/v1/traces",
                    "telemetry.url=http://me:secret@collector/v1/traces",
                    "telemetry.headers-file=a\u0007b",
                    "telemetry.sample=-1",
                    "telemetry.queue-max=0",
                    "limits.packet-size-max=268435456",
                    "limits.packet-size-max=1MB",
                    "limits.packet-size-max=1.5MiB",
                    "limits.queue-bytes-max=999999999999999999GiB",
                    "limits.queue-memory-bytes-max=lots",
                    "limits.receive-maximum=0",
                    "limits.in-flight-max=65536",
                    "limits.queue-overflow=block",
                    "limits.session-expiry-max=4294967296",
                    "limits.session-expiry-max=500ms",
                    "limits.keep-alive-max=0",
                    "limits.keep-alive-max=65536s",
                    "limits.sessions-max=0",
                    "limits.journal-backlog-bytes-max=1023KiB");
        }

        @ParameterizedTest
        @MethodSource("wrong")
        @Hostile("B100")
        void aValueThatIsNotAllowedIsRefused(String set) {
            String key = set.substring(0, set.indexOf('='));

            assertThat(faultsOfSets(set))
                    .singleElement()
                    .asString()
                    .startsWith(key + ": ")
                    .contains("(--set) is not allowed; allowed: ");
        }
    }

    @Nested
    class Extremes {
        static Stream<String> limits() throws ConfigException {
            return sets().settings().stream().map(Setting::key).filter(key -> key.startsWith("limits."));
        }

        /** Each is in its range, or one line says what that is. */
        @ParameterizedTest
        @MethodSource("limits")
        @Hostile("B100")
        void ofALimitAreAllowedOrRefusedWithALine(String limit) {
            for (String odd : List.of("-1", "99999999999999999999", "-9223372036854775808", "NaN", "1e3", "")) {
                assertThat(faultsOfSets(limit + "=" + odd))
                        .as(odd)
                        .singleElement()
                        .asString()
                        .startsWith(limit + ": ")
                        .contains("(--set) is not allowed; allowed: ");
            }
            for (String extreme : List.of("0", "1", "2147483647", "9223372036854775807")) {
                assertThat(faultsOfSets(limit + "=" + extreme))
                        .as(extreme)
                        .hasSizeLessThanOrEqualTo(1)
                        .allSatisfy(
                                line -> assertThat(line).startsWith("limits.").contains("; allowed: "));
            }
        }
    }

    @Nested
    class Faults {
        @Test
        void nameTheKeyTheValueThePlaceAndWhatIsAllowed() throws IOException {
            assertThat(faultsOfFile("limits:\n  receive-maximum: 70000\n"))
                    .containsExactly("limits.receive-maximum: 70000 (c.yaml:2) is not allowed; "
                            + "allowed: a whole number from 1 to 65535");
        }

        @Test
        void nameTheVariable() {
            assertThat(faults(() -> environment("COPPICE_ADMIN_PORT", "http")))
                    .containsExactly("admin.port: http (COPPICE_ADMIN_PORT) is not allowed; "
                            + "allowed: a whole number from 0 to 65535");
        }

        @Test
        void areAllToldAtOnce() throws IOException {
            Path path = path("admin:\n  prot: 1\n  host: ''\n");
            Map<String, String> environment = Map.of("COPPICE_NOD_NAME", "x");

            assertThat(faults(() -> ConfigLoader.load(path, environment, List.of("durability=tape", "oops"))))
                    .containsExactly(
                            "admin.prot (" + path + ":2) is an unknown key; nearest: admin.port",
                            "admin.host: \"\" (" + path
                                    + ":3) is not allowed; allowed: a host name or an IP address, without brackets",
                            "COPPICE_NOD_NAME is an unknown environment variable; nearest: COPPICE_NODE_NAME",
                            "durability: tape (--set) is not allowed; allowed: one of memory, disk",
                            "--set without = is not allowed; allowed: key.path=value");
        }

        @Test
        void areTheMessageOfTheException() {
            assertThatThrownBy(() -> sets("a=b", "c=d"))
                    .asInstanceOf(type(ConfigException.class))
                    .satisfies(refused ->
                            assertThat(refused).hasMessage(String.join(System.lineSeparator(), refused.faults())));
        }

        @Test
        void stayOnOneLineOfBoundedLength() {
            String control = "x\n\u0007".repeat(1000);

            assertThat(faultsOfSets("admin.port=" + control))
                    .singleElement()
                    .asString()
                    .doesNotContain("\n", "\u0007")
                    .hasSizeLessThan(200);
            assertThat(faultsOfSets("x\ny=1", "x\r\n"))
                    .hasSize(2)
                    .allSatisfy(line -> assertThat(line).doesNotContain("\n", "\r"));
        }

        @ParameterizedTest
        @CsvSource({
            "listeners.mqtt.prot, listeners.mqtt.port",
            "listener.mqtt.port, listeners.mqtt.port",
            "limits.max-packet-size, limits.packet-size-max",
            "limits.receive-maxiumm, limits.receive-maximum",
            "limits.packet_size_max, limits.packet-size-max",
            "nodename, node.name",
        })
        void suggestTheNearestKey(String unknown, String nearest) {
            assertThat(faultsOfSets(unknown + "=1"))
                    .containsExactly(unknown + " (--set) is an unknown key; nearest: " + nearest);
        }
    }

    @Nested
    class Contradictions {
        @Test
        void twoListenersOnOneSocket() {
            assertThat(faultsOfSets("listeners.ws.port=1883"))
                    .containsExactly("listeners.ws.port: 1883 (--set) contradicts listeners.mqtt.port: 1883 (default); "
                            + "allowed: a port that no other listener has, or 0");
        }

        @ParameterizedTest
        @CsvSource({"127.0.0.1", "localhost", "0.0.0.0", "::"})
        void theAdminPortOnAListenersSocket(String host) {
            String[] secured = {"admin.port=8083", "admin.host=" + host, "admin.tls.certificate=c", "admin.users-file=u"
            };
            assertThat(faultsOfSets(secured))
                    .singleElement()
                    .asString()
                    .startsWith("admin.port: 8083 (--set) contradicts listeners.ws.port: 8083 (default)");
        }

        @Test
        void aPortThatIsTakenOnAnotherHostIsFree() {
            assertThat(faultsOfSets("admin.port=8083", "admin.host=127.0.0.2")).isEmpty();
            assertThat(faultsOfSets("admin.port=8083", "admin.host=::1")).isEmpty();
        }

        @Test
        void manyListenersMayPickAnyFreePort() {
            assertThat(faultsOfSets("listeners.mqtt.port=0", "listeners.ws.port=0", "admin.port=0"))
                    .isEmpty();
        }

        @Test
        void aListenerThatIsOffIsInNobodysWay() {
            assertThat(faultsOfSets("listeners.ws.port=1883", "listeners.ws.enabled=false"))
                    .isEmpty();
            assertThat(faultsOfSets("listeners.ws.port=1883", "listeners.mqtt.enabled=false"))
                    .isEmpty();
        }

        @Test
        void moreBytesBeforeConnectThanAfter() {
            assertThat(faultsOfSets("limits.packet-size-max=8KiB"))
                    .containsExactly("limits.packet-size-before-connect-max: 16KiB (default) contradicts "
                            + "limits.packet-size-max: 8KiB (--set); allowed: at most limits.packet-size-max");
        }

        @Test
        void areNotDrawnFromValuesThatAreWrongThemselves() {
            assertThat(faultsOfSets("limits.packet-size-max=8KiB", "limits.packet-size-before-connect-max=x"))
                    .hasSize(1);
            assertThat(faultsOfSets("listeners.ws.port=1883", "listeners.mqtt.port=x"))
                    .hasSize(1);
        }
    }

    @Nested
    class ClusterKeys {
        private static final String TWO = "cluster.members=127.0.0.1:5701,127.0.0.1:5702";

        @Test
        void areThoseOfANodeThatIsAloneUnlessTold() throws ConfigException {
            assertThat(sets().cluster())
                    .isEqualTo(new CoppiceConfig.Cluster(
                            CoppiceConfig.ClusterMode.SINGLE,
                            "coppice",
                            List.of(),
                            "127.0.0.1",
                            5701,
                            5801,
                            CoppiceConfig.BusTls.NONE,
                            "",
                            "",
                            1,
                            1,
                            31,
                            Duration.ofMinutes(2),
                            Duration.ofMinutes(2),
                            Duration.ofHours(24),
                            0,
                            Duration.ofMinutes(10)));
        }

        @Test
        void countTheMembersWhereNoSizeIsGiven() throws ConfigException {
            CoppiceConfig.Cluster cluster = sets(
                            "cluster.mode=static",
                            "cluster.members=127.0.0.1, localhost:5702,[::1]:5703,::1",
                            "admin.port=0")
                    .cluster();

            assertThat(cluster.members())
                    .containsExactly(
                            new CoppiceConfig.Address("127.0.0.1", 5701),
                            new CoppiceConfig.Address("localhost", 5702),
                            new CoppiceConfig.Address("::1", 5703),
                            new CoppiceConfig.Address("::1", 5701));
            assertThat(cluster.expectedSize()).isEqualTo(4);
            assertThat(sets("cluster.mode=static", TWO, "cluster.expected-size=5")
                            .cluster()
                            .expectedSize())
                    .isEqualTo(5);
        }

        @Test
        void mayListTheMembersInTheFile() throws Exception {
            CoppiceConfig.Cluster cluster =
                    file("cluster:\n  mode: static\n  members:\n    - 127.0.0.1:1\n    - 127.0.0.1:2\n")
                            .cluster();

            assertThat(cluster.members())
                    .containsExactly(
                            new CoppiceConfig.Address("127.0.0.1", 1), new CoppiceConfig.Address("127.0.0.1", 2));
        }

        @ParameterizedTest
        @ValueSource(strings = {"[a: b]", "[[a]]", "{a: b}", "[a b]"})
        void mayNotListWhatIsNoMember(String members) throws IOException {
            assertThat(faultsOfFile("cluster:\n  mode: static\n  members: " + members + "\n"))
                    .first()
                    .asString()
                    .startsWith("cluster.members: ")
                    .endsWith("is not allowed; allowed: host or host:port of each, with commas between or as a list");
        }

        @ParameterizedTest
        @ValueSource(strings = {"a:0", "a:65536", "a:", ":1", "a,,b", "[a]:1", "[::1", "a:b:1"})
        void mayNotBeAPlaceThatIsNone(String members) {
            assertThat(faultsOfSets("cluster.members=" + members))
                    .singleElement()
                    .asString()
                    .contains("is not allowed");
        }

        @Test
        void mustNameMembersWithStatic() {
            assertThat(faultsOfSets("cluster.mode=static"))
                    .containsExactly("cluster.members: \"\" (default) contradicts cluster.mode: static (--set); "
                            + "allowed: at least one host:port");
        }

        @Test
        void mayNameTheFileOfASecret() throws ConfigException {
            assertThat(sets("cluster.secret-file=/run/secret").cluster().secretFile())
                    .isEqualTo("/run/secret");
            assertThat(faultsOfSets("cluster.secret=hush"))
                    .singleElement()
                    .asString()
                    .contains("is an unknown key");
        }

        @Test
        void mustNameAllFilesOfTheBusOrNone() {
            assertThat(faultsOfSets(
                            "cluster.bus-tls.certificate=c.pem",
                            "cluster.bus-tls.key=k.pem",
                            "cluster.bus-tls.ca=a.pem"))
                    .isEmpty();
            assertThat(faultsOfSets("cluster.bus-tls.key=k.pem", "cluster.bus-tls.ca=a.pem"))
                    .containsExactly("cluster.bus-tls.certificate: \"\" (default) contradicts cluster.bus-tls.key: "
                            + "k.pem (--set); allowed: a file, or none of the three");
            assertThat(faultsOfSets("cluster.bus-tls.certificate=c.pem"))
                    .containsExactly("cluster.bus-tls.ca: \"\" (default) contradicts cluster.bus-tls.certificate: "
                            + "c.pem (--set); allowed: a file, or none of the three");
        }

        @Test
        void mustNameServiceSizeAndHostWithKubernetes() {
            assertThat(faultsOfSets("cluster.mode=kubernetes"))
                    .containsExactly(
                            "cluster.service: \"\" (default) contradicts cluster.mode: kubernetes (--set); "
                                    + "allowed: the DNS name of a headless Service",
                            "cluster.expected-size: 0 (default) contradicts cluster.mode: kubernetes (--set); "
                                    + "allowed: the number of nodes, 1 or more",
                            "cluster.host: 127.0.0.1 (default) contradicts cluster.mode: kubernetes (--set); "
                                    + "allowed: an address that the other nodes can reach");
            assertThat(faultsOfSets(
                            "cluster.mode=kubernetes",
                            "cluster.service=coppice.broker.svc",
                            "cluster.expected-size=3",
                            "cluster.host=10.1.2.3"))
                    .isEmpty();
        }

        @Test
        void mustNotNameWhatTheModeDoesNotUse() {
            assertThat(faultsOfSets(TWO))
                    .singleElement()
                    .asString()
                    .endsWith(
                            "contradicts cluster.mode: single (default); allowed: no members, or cluster.mode static");
            assertThat(faultsOfSets("cluster.service=a"))
                    .singleElement()
                    .asString()
                    .endsWith("allowed: no service, or cluster.mode kubernetes");
        }

        @Test
        void mustLeaveANodeForEachBackup() {
            assertThat(faultsOfSets("cluster.mode=static", TWO, "cluster.backups=2"))
                    .containsExactly("cluster.backups: 2 (--set) contradicts cluster.members: "
                            + "\"127.0.0.1:5701,127.0.0.1:5702\" (--set); allowed: at most 1 with 2 nodes");
            assertThat(faultsOfSets("cluster.mode=static", TWO, "cluster.expected-size=4", "cluster.backups=4"))
                    .containsExactly("cluster.backups: 4 (--set) contradicts cluster.expected-size: 4 (--set); "
                            + "allowed: at most 3 with 4 nodes");
        }

        @Test
        void growsOnlyWhereNoNodeForgetsItsSize() throws Exception {
            CoppiceConfig.Cluster cluster = sets(
                            "cluster.mode=static", TWO, "cluster.size-max=5", "cluster.shrink-after=1h")
                    .cluster();
            assertThat(cluster.sizeMax()).isEqualTo(5);
            assertThat(cluster.shrinkAfter()).isEqualTo(Duration.ofHours(1));
            assertThat(sets("cluster.mode=static", TWO).cluster().sizeMax()).isZero();
            assertThat(sets("cluster.mode=static", TWO).cluster().shrinkAfter()).isEqualTo(Duration.ofMinutes(10));
            assertThat(faultsOfSets("cluster.size-max=3"))
                    .containsExactly("cluster.size-max: 3 (--set) contradicts cluster.mode: single (default); "
                            + "allowed: 0, or another cluster.mode");
            assertThat(faultsOfSets("cluster.mode=static", TWO, "cluster.size-max=1"))
                    .singleElement()
                    .asString()
                    .endsWith("allowed: 0, or at least as many");
            assertThat(faultsOfSets("cluster.mode=static", TWO, "cluster.size-max=3", "durability=memory"))
                    .containsExactly("cluster.size-max: 3 (--set) contradicts durability: memory (--set); "
                            + "allowed: 0, or durability: disk, so that no node forgets the size");
            assertThat(faultsOfSets(
                            "cluster.mode=static",
                            TWO,
                            "cluster.expected-size=1",
                            "cluster.backups=0",
                            "cluster.size-max=3"))
                    .singleElement()
                    .asString()
                    .endsWith("allowed: 0 or 1; a cluster grows from 2 nodes on");
        }

        @Test
        void mustBeReachableWhereMembersAreElsewhere() {
            assertThat(faultsOfSets("cluster.mode=static", "cluster.members=node-1,node-2"))
                    .containsExactly("cluster.host: 127.0.0.1 (default) contradicts cluster.members: "
                            + "node-1,node-2 (--set); allowed: an address that the other nodes can reach");
        }

        @Test
        void mustNotTakeAPortOfAListener() {
            assertThat(faultsOfSets("cluster.mode=static", TWO, "cluster.port=1883"))
                    .singleElement()
                    .asString()
                    .startsWith("cluster.port: 1883 (--set) contradicts listeners.mqtt.port: 1883 (default)");
            assertThat(faultsOfSets("cluster.port=1883")).isEmpty();
        }
    }

    /** A node of which nothing was configured has no users and so no passwords; on another address than loopback it lets nobody in. */
    @Nested
    class Anonymous {
        @ParameterizedTest
        @CsvSource({
            "127.0.0.1, true",
            "127.1.2.3, true",
            "localhost, true",
            "::1, true",
            "0.0.0.0, false",
            "::, false",
            "10.0.0.1, false",
            "127.example.org, false",
            "fe80::1, false"
        })
        @Hostile("B85")
        void clientsMayEnterByThemselvesOnlyOnLoopback(String host, boolean allowed) throws ConfigException {
            assertThat(sets("listeners.mqtt.host=" + host).security().anonymous())
                    .isEqualTo(allowed);
            assertThat(sets("listeners.ws.host=" + host).security().anonymous()).isEqualTo(allowed);
        }

        @Test
        void clientsMayEnterWhereTheOpenListenersAreOff() throws ConfigException {
            assertThat(sets("listeners.ws.host=0.0.0.0", "listeners.ws.enabled=false")
                            .security()
                            .anonymous())
                    .isTrue();
            assertThat(sets("listeners.mqtt.host=0.0.0.0", "listeners.mqtt.enabled=false")
                            .security()
                            .anonymous())
                    .isTrue();
        }

        @Test
        void clientsMayEnterAnywhereOnceThatIsWrittenDown() throws ConfigException {
            assertThat(sets("listeners.mqtt.host=0.0.0.0", "security.anonymous=true")
                            .security()
                            .anonymous())
                    .isTrue();
        }

        @Test
        void clientsMayNotEnterByThemselvesWhereThereAreUsers() throws ConfigException {
            assertThat(sets("security.password-file=users").security().anonymous())
                    .isFalse();
            assertThat(sets("security.certificate-user=cn").security().anonymous())
                    .isFalse();
            assertThat(sets("security.password-file=users", "security.anonymous=true")
                            .security()
                            .anonymous())
                    .isTrue();
        }

        @Test
        void passwordsAreCheckedByAtLeastOneThread() throws ConfigException {
            assertThat(sets().security().checkThreads()).isPositive();
            assertThat(sets("security.check-threads=3").security().checkThreads())
                    .isEqualTo(3);
        }

        @Test
        void rulesComeFromOneFile() throws ConfigException {
            assertThat(sets("security.check-source=false").security().checkSource())
                    .isFalse();
            assertThat(sets("security.acl-file=acl").security().aclFile()).isEqualTo("acl");
            assertThat(sets("security.rules-file=rules.yaml").security().rulesFile())
                    .isEqualTo("rules.yaml");
            assertThat(sets("security.reload-interval=0").security().reloadInterval())
                    .isZero();
            assertThatThrownBy(() -> sets("security.acl-file=acl", "security.rules-file=rules.yaml"))
                    .hasMessageContaining("security.rules-file: rules.yaml (--set) contradicts security.acl-file: acl")
                    .hasMessageContaining("allowed: one of the two");
        }

        @Test
        void clientsMayBeRefusedOnLoopbackToo() throws ConfigException {
            assertThat(sets("security.anonymous=false").security().anonymous()).isFalse();
        }
    }

    @Nested
    class AFile {
        @ParameterizedTest
        @ValueSource(strings = {"", "# nothing\n", "---\n", "~", "limits:\n", "{}", "limits: {}\n"})
        void mayBeEmpty(String yaml) {
            assertThatCode(() -> file(yaml)).doesNotThrowAnyException();
        }

        @Test
        void mayWriteAKeyInFull() throws Exception {
            assertThat(file("listeners.mqtt: {port: 1}\nadmin.port: 2")
                            .listeners()
                            .mqtt()
                            .port())
                    .isEqualTo(1);
        }

        @Test
        void mayQuoteAndAlias() throws Exception {
            CoppiceConfig config = file("cluster: &a\n  host: &h \"10.0.0.1\"\nlisteners:\n  mqtt:\n    host: *h\n");

            assertThat(config.listeners().mqtt().host()).isEqualTo("10.0.0.1");
        }

        @Test
        void mayLeaveTheNameOfTheNodeOpen() throws Exception {
            assertThat(file("node:\n  name:\n").node().name()).isNotEmpty();
        }

        @Test
        void mayNotLeaveAValueOpenWhereOneIsNeeded() throws IOException {
            assertThat(faultsOfFile("admin:\n  port:\n"))
                    .containsExactly(
                            "admin.port: \"\" (c.yaml:2) is not allowed; allowed: a whole number from 0 to 65535");
        }

        @Test
        void mayNotPutAListOrAMappingInThePlaceOfAValue() throws IOException {
            assertThat(faultsOfFile("admin:\n  port: [1]\n  host: {a: b}\n  x: [1]\n"))
                    .containsExactly(
                            "admin.port: a list (c.yaml:2) is not allowed; allowed: a whole number from 0 to 65535",
                            "admin.host: a mapping (c.yaml:3) is not allowed; "
                                    + "allowed: a host name or an IP address, without brackets",
                            "admin.x (c.yaml:4) is an unknown key; nearest: admin");
        }

        @Test
        void mayNotPutAValueInThePlaceOfAMapping() throws IOException {
            assertThat(faultsOfFile("limits: 5\n"))
                    .containsExactly(
                            "limits: a single value (c.yaml:1) is not allowed; allowed: a mapping of keys to values");
            assertThat(faultsOfFile("- 5\n"))
                    .containsExactly(
                            "the file: a list (c.yaml:1) is not allowed; allowed: a mapping of keys to values");
        }

        @Test
        void mayNotMisspellAGroup() throws IOException {
            assertThat(faultsOfFile("\nlimit:\n  receive-maximum: 5\n"))
                    .containsExactly("limit (c.yaml:2) is an unknown key; nearest: limits");
        }

        @Test
        void mayNotUseAKeyThatIsNoWord() throws IOException {
            assertThat(faultsOfFile("? [a]\n: b\n"))
                    .containsExactly("c.yaml:1: a list is not allowed as a key; allowed: a word");
        }

        @Test
        void mayNotGiveAKeyTwice() throws IOException {
            assertThat(faultsOfFile("admin:\n  port: 1\nadmin.port: 2\n"))
                    .containsExactly("admin.port (c.yaml:3) is given twice; allowed: once, and it is in line 2");
        }

        @Test
        void mustBeYaml() throws IOException {
            assertThat(faultsOfFile("admin:\n  port: 1\n bad\n"))
                    .singleElement()
                    .asString()
                    .matches("c\\.yaml:[34]: not YAML: .+");
            assertThat(faultsOfFile("a: \u0001")).singleElement().asString().startsWith("c.yaml: not YAML: ");
            assertThat(faultsOfFile("a: 1\n---\nb: 2\n"))
                    .singleElement()
                    .asString()
                    .contains("not YAML");
        }

        @Test
        void mustBeUtf8() throws IOException {
            Path path = Files.write(directory.resolve("l.yaml"), "# ü".getBytes(StandardCharsets.ISO_8859_1));

            assertThat(faults(() -> ConfigLoader.load(path, Map.of(), List.of())))
                    .containsExactly(path + ": the file is not UTF-8");
        }

        @Test
        void mustBeThereToRead() {
            Path missing = directory.resolve("none.yaml");

            assertThat(faults(() -> ConfigLoader.load(missing, Map.of(), List.of())))
                    .containsExactly(missing + ": there is no such file");
            assertThat(faults(() -> ConfigLoader.load(directory, Map.of(), List.of())))
                    .singleElement()
                    .asString()
                    .startsWith(directory + ": the file cannot be read: ");
        }
    }

    @Nested
    class Environment {
        @Test
        void everyKeyHasAVariableOfItsOwn() {
            Map<String, String> variables = new TreeMap<>();
            Schema.keys().forEach(key -> variables.put(key.variable(), key.name()));

            assertThat(variables).hasSameSizeAs(Schema.keys());
            assertThat(variables)
                    .containsEntry("COPPICE_LISTENERS_MQTT_PROXY_PROTOCOL", "listeners.mqtt.proxy-protocol");
        }

        @Test
        void otherPeoplesVariablesAreIgnored() {
            assertThat(faults(() -> environment("PATH", "/bin"))).isEmpty();
        }

        @ParameterizedTest
        @CsvSource({
            "COPPICE_SERVICE_HOST, 10.0.0.1",
            "COPPICE_SERVICE_PORT, 1883",
            "COPPICE_SERVICE_PORT_MQTT, 1883",
            "COPPICE_PORT, tcp://10.0.0.1:1883",
            "COPPICE_PORT_1883_TCP, tcp://10.0.0.1:1883",
            "COPPICE_PORT_1883_TCP_PROTO, tcp",
            "COPPICE_PORT_1883_TCP_ADDR, 10.0.0.1",
            "COPPICE_ADMIN_PORT, tcp://10.0.0.1:8080"
        })
        void whatKubernetesWritesForAServiceIsIgnored(String variable, String value) throws ConfigException {
            assertThat(environment(variable, value).admin().port()).isEqualTo(8080);
        }

        @ParameterizedTest
        @CsvSource({"COPPICE_LOG_LEVEL, debug", "COPPICE_LOG_FORMAT, json"})
        void theVariablesThatHoldBeforeThereIsAConfigurationAreThoseOfKeys(String variable, String value) {
            assertThat(faults(() -> environment(variable, value))).isEmpty();
        }

        @Test
        void levelsAreGivenByPart() throws ConfigException {
            Log log = environment("COPPICE_LOG_LEVELS", "cluster=debug, storage=off,cluster=trace")
                    .log();

            assertThat(log.level()).isEqualTo(LogLevel.INFO);
            assertThat(log.format()).isEqualTo(LogFormat.TEXT);
            assertThat(log.levels()).isEqualTo(Map.of("cluster", LogLevel.TRACE, "storage", LogLevel.OFF));
        }

        @ParameterizedTest
        @CsvSource({
            "COPPICE_LOG_FORMAT, xml, 'log.format: xml (COPPICE_LOG_FORMAT) is not allowed; allowed: one of text, json'",
            "COPPICE_LOG_LEVELS, audit=off, 'log.levels: audit=off (COPPICE_LOG_LEVELS) is not allowed; allowed: a list of PART=LEVEL'",
            "COPPICE_LOG_LEVELS, broker=loud, 'log.levels: broker=loud (COPPICE_LOG_LEVELS) is not allowed'"
        })
        void aWrongLogIsRefused(String variable, String value, String fault) {
            assertThat(faults(() -> environment(variable, value)))
                    .singleElement()
                    .asString()
                    .startsWith(fault);
        }

        @Test
        void anUnknownVariableIsRefusedWithoutItsValue() {
            assertThat(faults(() -> environment("COPPICE_LOG_LEVLE", "secret")))
                    .containsExactly(
                            "COPPICE_LOG_LEVLE is an unknown environment variable; nearest: COPPICE_LOG_LEVEL");
        }
    }
}
