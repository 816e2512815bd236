package io.coppice.walls;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rule of the house: imports run downward, the doers meet only at {@code port}, and the core knows no Vert.x,
 * Hazelcast, thread, wall clock, randomness or file. Every rule is also held against the packages below
 * {@code fixture}, which break it, so that a rule that has become blind is noticed.
 */
class WallsTest {
    private static final String HOUSE = "io.coppice";
    private static final String FIXTURE = "io.coppice.walls.fixture";

    private static final List<String> CORE = List.of("mqtt", "topic", "session", "port", "codec", "backup", "broker");

    /** What a package may import of ours, and the libraries it may know besides the JDK and JSpecify. */
    private record Room(List<String> ours, List<String> libraries) {}

    private static final Map<String, Room> ROOMS = new TreeMap<>(Map.ofEntries(
            Map.entry("mqtt", new Room(List.of(), List.of())),
            Map.entry("file", new Room(List.of(), List.of())),
            Map.entry(
                    "config",
                    new Room(List.of(), List.of("com.fasterxml.jackson..", "org.yaml.snakeyaml..", "org.slf4j.."))),
            Map.entry("client", new Room(List.of(), List.of("com.hivemq.client..", "com.fasterxml.jackson.core.."))),
            Map.entry("shell", new Room(List.of(), List.of("picocli.."))),
            Map.entry(
                    "admin",
                    new Room(List.of("shell", "backup", "file"), List.of("picocli..", "io.vertx.core.json.."))),
            Map.entry("topic", new Room(List.of("mqtt"), List.of())),
            Map.entry("session", new Room(List.of("mqtt"), List.of())),
            Map.entry("port", new Room(List.of("mqtt", "session"), List.of())),
            Map.entry("codec", new Room(List.of("port", "mqtt", "session"), List.of("io.netty.buffer.."))),
            Map.entry("backup", new Room(List.of("session", "mqtt"), List.of("com.fasterxml.jackson.core.."))),
            Map.entry("broker", new Room(List.of("port", "session", "topic", "mqtt"), List.of("org.slf4j.."))),
            Map.entry(
                    "transport",
                    new Room(
                            List.of("port", "codec", "mqtt", "config"),
                            List.of("io.vertx..", "io.netty..", "org.bouncycastle.asn1..", "org.slf4j.."))),
            Map.entry(
                    "cluster",
                    new Room(
                            List.of("port", "codec", "session", "mqtt", "config", "file"),
                            List.of("io.vertx..", "io.netty.buffer..", "com.hazelcast..", "org.slf4j.."))),
            Map.entry(
                    "storage",
                    new Room(
                            List.of("port", "session", "mqtt", "codec", "config"),
                            List.of("org.rocksdb..", "io.netty.buffer..", "org.slf4j.."))),
            Map.entry(
                    "access",
                    new Room(
                            List.of("port", "mqtt", "config", "file"),
                            List.of(
                                    "com.nimbusds..",
                                    "org.bouncycastle.crypto..",
                                    "org.yaml.snakeyaml..",
                                    "org.slf4j.."))),
            Map.entry(
                    "observe",
                    new Room(
                            List.of("port", "backup", "session", "mqtt", "config", "file"),
                            List.of(
                                    "ch.qos.logback..",
                                    "com.sun.management..",
                                    "io.vertx..",
                                    "io.netty..",
                                    "io.micrometer..",
                                    "io.prometheus..",
                                    "com.fasterxml.jackson..",
                                    "org.yaml.snakeyaml..",
                                    "org.slf4j..")))));

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(HOUSE);
    private static final JavaClasses BREAKERS = new ClassFileImporter().importPackages(FIXTURE);

    static Stream<String> rooms() {
        return ROOMS.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void aPackageImportsOnlyWhatTheTableAllows(String room) {
        imports(HOUSE, room).check(MAIN);
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void anImportBesideTheTableIsSeen(String room) {
        assertThat(violations(imports(FIXTURE, room))).contains(FIXTURE + "." + room + ".Trespasser");
    }

    @Test
    void aLibraryBesideTheTableIsSeen() {
        assertThat(violations(imports(FIXTURE, "broker"))).contains("<io.netty.buffer.ByteBuf>");
    }

    @Test
    void everyClassLivesInAPackageOfTheTable() {
        inhabitants(HOUSE).check(MAIN);
    }

    @Test
    void aStrayPackageIsSeen() {
        assertThat(violations(inhabitants(FIXTURE))).contains("Stray").doesNotContain("Trespasser");
    }

    @Test
    void packagesAreFreeOfCycles() {
        cycles(HOUSE).check(MAIN);
    }

    @Test
    void aCycleIsSeen() {
        assertThat(violations(cycles(FIXTURE))).contains("Slice broker").contains("Slice transport");
    }

    @Test
    void theCoreKnowsNoThreadFileNetworkOrSourceOfChance() {
        bannedTypes(HOUSE).check(MAIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "java.lang.Thread",
                "java.util.concurrent.Executor",
                "java.util.concurrent.locks.ReentrantLock",
                "java.util.concurrent.ThreadLocalRandom",
                "java.util.Random",
                "java.io.File",
                "java.nio.file.Path",
                "java.net.InetSocketAddress",
                "io.vertx.core.Vertx"
            })
    void aBannedTypeIsSeen(String type) {
        assertThat(violations(bannedTypes(FIXTURE))).contains("<" + type);
    }

    @Test
    void theCoreNeitherReadsAClockNorRollsDice() {
        bannedCalls(HOUSE).check(MAIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "readsTheMilliClock",
                "readsTheNanoClock",
                "readsTheInstant",
                "rollsMath",
                "rollsAnIdentifier",
                "makesAGenerator"
            })
    void aBannedCallIsSeen(String method) {
        assertThat(violations(bannedCalls(FIXTURE))).contains("Offender." + method + "()");
    }

    @Test
    void noStaticFieldCanChange() {
        mutableStatics(HOUSE).check(MAIN);
    }

    @Test
    void aStaticFieldThatCanChangeIsSeen() {
        assertThat(violations(mutableStatics(FIXTURE))).contains("Offender.counter");
    }

    private static ArchRule imports(String root, String room) {
        Stream<String> ground = Stream.of(inside(root, room), "java..", "javax..", "org.jspecify.annotations..");
        Stream<String> ours = ROOMS.get(room).ours().stream().map(other -> inside(root, other));
        Stream<String> libraries = ROOMS.get(room).libraries().stream();
        String[] allowed =
                Stream.of(ground, ours, libraries).flatMap(packages -> packages).toArray(String[]::new);
        return classes()
                .that()
                .resideInAPackage(inside(root, room))
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed)
                .allowEmptyShould(true);
    }

    private static ArchRule inhabitants(String root) {
        String[] allowed = Stream.concat(Stream.of(root), rooms().map(room -> inside(root, room)))
                .toArray(String[]::new);
        return classes()
                .that()
                .resideInAPackage(root + "..")
                .should()
                .resideInAnyPackage(allowed)
                .allowEmptyShould(true);
    }

    private static ArchRule cycles(String root) {
        return slices().matching(root + ".(*)..").should().beFreeOfCycles().allowEmptyShould(true);
    }

    private static ArchRule bannedTypes(String root) {
        return noClasses()
                .that()
                .resideInAnyPackage(core(root))
                .should()
                .dependOnClassesThat(describe("act on the world", WallsTest::actsOnTheWorld))
                .allowEmptyShould(true)
                .as("The core of " + root + " acts on the world only through port")
                .because("time, chance, disk and network are parameters");
    }

    private static final Pattern WORLD = Pattern.compile("io\\.vertx\\..*|com\\.hazelcast\\..*"
            + "|java\\.lang\\.(Thread|ThreadLocal|Process|ProcessBuilder|Runtime)"
            + "|java\\.util\\.(Timer|TimerTask|Random|SplittableRandom)"
            + "|java\\.util\\.concurrent\\.locks\\..*"
            + "|java\\.util\\.concurrent\\.(.*Executor.*|Executors|ForkJoin.*|ThreadFactory|ThreadLocalRandom"
            + "|CountDownLatch|CyclicBarrier|Semaphore|Phaser|Exchanger|.*Blocking.*)"
            + "|java\\.security\\.SecureRandom|java\\.time\\.(InstantSource|Clock)"
            + "|java\\.io\\.(File.*|RandomAccessFile)|java\\.nio\\.(file|channels)\\..*|java\\.net\\..*");

    private static boolean actsOnTheWorld(JavaClass type) {
        return WORLD.matcher(type.getBaseComponentType().getName()).matches();
    }

    private static ArchRule bannedCalls(String root) {
        return noClasses()
                .that()
                .resideInAnyPackage(core(root))
                .should()
                .callMethodWhere(describe(
                        "a clock is read or dice are rolled",
                        call -> CLOCK_OR_DICE.matcher(nameOf(call.getTarget())).matches()))
                .allowEmptyShould(true)
                .as("The core of " + root + " neither reads a clock nor rolls dice");
    }

    private static final Pattern CLOCK_OR_DICE =
            Pattern.compile("java\\.lang\\.System\\.(currentTimeMillis|nanoTime)" + "|java\\.time\\..*\\.now"
                    + "|java\\.lang\\.(Strict)?Math\\.random"
                    + "|java\\.util\\.UUID\\.randomUUID"
                    + "|java\\.util\\.Collections\\.shuffle"
                    + "|java\\.util\\.random\\.RandomGenerator(\\$.*|Factory)?\\.(getDefault|of|create)");

    private static String nameOf(AccessTarget.MethodCallTarget target) {
        return target.getOwner().getName() + "." + ((HasName) target).getName();
    }

    private static ArchRule mutableStatics(String root) {
        return noFields()
                .that()
                .areStatic()
                .and()
                .areNotFinal()
                .and(describe(
                        "are written by hand",
                        (JavaMember field) -> !field.getModifiers().contains(JavaModifier.SYNTHETIC)))
                .should()
                .beDeclaredInClassesThat()
                .resideInAPackage(root + "..")
                .allowEmptyShould(true);
    }

    private static String[] core(String root) {
        return CORE.stream().map(room -> inside(root, room)).toArray(String[]::new);
    }

    private static String inside(String root, String room) {
        return root + "." + room + "..";
    }

    private static String violations(ArchRule rule) {
        return String.join("\n", rule.evaluate(BREAKERS).getFailureReport().getDetails());
    }
}
