package io.coppice.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A clean history passes; each violation, planted into it, is caught, and nothing else is blamed. */
class CheckerTest {
    private static final String INTACT = " intact";

    @TempDir
    private Path directory;

    /** Everything at once, as it should be. Events are a tenth of a second apart. */
    private static List<String> clean() {
        return new ArrayList<>(List.of(
                "round kill 7 0 abc",
                "connect s 1 a keep",
                "connected s 1 a new",
                "subscribed s t/+ 2",
                "subscribed s will/# 2",
                "connect g1 1 b keep",
                "connected g1 1 b new",
                "subscribed g1 $share/g/q 2",
                "connect g2 1 c keep",
                "connected g2 1 c new",
                "subscribed g2 $share/g/q 2",
                "connect p 1 b keep",
                "connected p 1 b new",
                "connect w 1 c drop",
                "will w 1 will/w 1",
                "connected w 1 c new",
                "send p t/1 0 1 plain",
                "ack p t/1 0 b 0x0",
                "send p t/2 0 2 plain",
                "send p t/1 1 1 plain",
                "ack p t/1 1 b 0x0",
                "ack p t/2 0 b 0x0",
                "send p q 0 2 plain",
                "ack p q 0 b 0x0",
                "send p q1 0 1 plain",
                "ack p q1 0 b 0x10",
                "receive s 1 a t/1 p 0 1" + INTACT,
                "receive s 1 a t/2 p 0 2" + INTACT,
                "receive s 1 a t/1 p 0 1" + INTACT,
                "receive s 1 a t/1 p 1 1" + INTACT,
                "receive g1 1 b q p 0 2" + INTACT,
                "fault kill -9 of c",
                "out c",
                "disconnected w 1 c network reset",
                "disconnected g2 1 c network reset",
                "connect g2 2 a keep",
                "connected g2 2 a present",
                "in c",
                "send p q 1 2 plain",
                "ack p q 1 b 0x0",
                "receive g2 2 a q p 1 2" + INTACT,
                "receive g1 1 b q p 0 2" + INTACT,
                "receive s 1 a will/w w 1 2" + INTACT,
                "send p r 0 1 retain",
                "ack p r 0 b 0x0",
                "send p r 1 1 clear",
                "ack p r 1 b 0x0",
                "send p r 2 1 retain",
                "ack p r 2 b 0x0",
                "send p t/3 0 1 plain",
                "retained a r p 2",
                "retained b r p 2",
                "retained a r2 - -",
                "quiet",
                "base a mqtt_sessions 0 0 0"));
    }

    static List<Arguments> violations() {
        return List.of(
                planted(Invariant.DELIVERED, "remove", "receive s 1 a t/1 p 1 1 intact"),
                planted(Invariant.DELIVERED, "before quiet", "ack p t/3 0 b 0x0"),
                planted(Invariant.ONCE, "before quiet", "receive s 1 a t/2 p 0 2 intact"),
                planted(Invariant.ORDER, "before", "receive s 1 a t/1 p 0 1 intact", "receive s 1 a t/1 p 1 1 intact"),
                planted(Invariant.INTACT, "before quiet", "receive s 1 a t/1 p 1 1 damaged"),
                planted(Invariant.INTACT, "before quiet", "receive s 1 a t/1 p 2 1 intact"),
                planted(Invariant.INTACT, "before quiet", "receive s 1 a t/1 x 0 1 intact"),
                planted(Invariant.INTACT, "before quiet", "receive p 1 b t/1 p 0 1 intact"),
                planted(Invariant.RETAINED, "replace", "retained b r p 2", "retained b r p 0"),
                planted(Invariant.RETAINED, "before quiet", "retained c r - -"),
                planted(
                        Invariant.RETAINED,
                        "replace all",
                        "retained a r p 2",
                        "retained a r p 0",
                        "retained b r p 2",
                        "retained b r p 0"),
                planted(
                        Invariant.RETAINED,
                        "replace all",
                        "retained a r p 2",
                        "retained a r - -",
                        "retained b r p 2",
                        "retained b r - -"),
                planted(Invariant.WILL, "remove", "receive s 1 a will/w w 1 2 intact"),
                planted(Invariant.WILL, "before quiet", "receive s 1 a will/w w 1 2 intact"),
                planted(Invariant.WILL, "replace", "disconnected w 1 c network reset", "disconnected w 1 c client bye"),
                planted(Invariant.SHARED, "remove", "receive g2 2 a q p 1 2 intact"),
                planted(Invariant.SHARED, "before quiet", "receive g1 1 b q p 1 2 intact"),
                planted(Invariant.SHARED, "before quiet", "receive s 1 a q p 0 2 intact"),
                planted(Invariant.TAKEOVER, "before quiet", "connect s 2 b keep", "connected s 2 b present"),
                planted(Invariant.TAKEOVER, "before quiet", "receive g2 1 c q p 1 2 intact"),
                planted(Invariant.SESSION_PRESENT, "replace", "connected g2 2 a present", "connected g2 2 a new"),
                planted(Invariant.SESSION_PRESENT, "replace", "connected s 1 a new", "connected s 1 a present"),
                planted(Invariant.QUORUM, "before", "in c", "send p u 0 1 plain", "ack p u 0 c 0x0"),
                planted(Invariant.QUORUM, "replace", "connected g2 2 a present", "connected g2 2 c present"),
                planted(Invariant.BASE, "after quiet", "base b mqtt_inflight_messages 0 1 0"));
    }

    private static Arguments planted(Invariant broken, String how, String... lines) {
        return Arguments.of(broken, how, List.of(lines));
    }

    @Test
    void aCleanHistoryPasses() throws IOException {
        Checker.Verdict verdict = check(clean());
        assertThat(verdict.explanations()).isEmpty();
        assertThat(verdict.isClean()).isTrue();
        assertThat(verdict.acked()).isEqualTo(9);
        assertThat(verdict.unanswered()).isEqualTo(1);
        assertThat(verdict.repeats()).isEqualTo(2);
        assertThat(verdict.sharedTwice()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("violations")
    void whatIsPlantedIsCaught(Invariant broken, String how, List<String> planted) throws IOException {
        Checker.Verdict verdict = check(plant(how, planted));
        assertThat(verdict.violations()).as("%s", verdict.explanations()).containsKey(broken);
        assertThat(verdict.explanations())
                .anySatisfy(words -> assertThat(words).startsWith(broken + ":").contains("FAULT: kill -9 of c"));
    }

    @Test
    void whatIsPlantedForOneInvariantBlamesNoOther() throws IOException {
        for (Arguments each : violations()) {
            Object[] given = each.get();
            @SuppressWarnings("unchecked")
            List<String> lines = (List<String>) given[2];
            Checker.Verdict verdict = check(plant((String) given[1], lines));
            // a message that is delivered out of quorum to nobody is lost too, and who is served twice was not asked
            // for it
            if (given[0] != Invariant.QUORUM && given[0] != Invariant.TAKEOVER) {
                assertThat(verdict.violations().keySet()).as("%s", lines).containsExactly((Invariant) given[0]);
            }
        }
    }

    @Test
    void aCounterExampleTellsWhatWasSentAckedAndSeen() throws IOException {
        Checker.Verdict verdict = check(plant("remove", List.of("receive s 1 a t/1 p 1 1 intact")));
        assertThat(verdict.explanations())
                .singleElement()
                .asString()
                .contains("s never got an acknowledged message: p's number 1 on t/1")
                .contains("p sends number 1 on t/1 at QoS 1")
                .contains("b answers p with 0x0 for number 1 on t/1")
                .contains("s gets p's number 0 on t/1 at QoS 1 from a")
                .contains("c reaches no majority");
    }

    @Test
    void whoSubscribesLaterOrLeavesIsOwedNothing() throws IOException {
        List<String> lines = clean();
        int quiet = lines.indexOf("quiet");
        lines.addAll(
                quiet,
                List.of(
                        "connect l 1 a keep",
                        "connected l 1 a new",
                        "subscribed l t/1 1",
                        "ended l",
                        "send p t/1 2 1 plain",
                        "receive s 1 a t/1 p 2 1 intact",
                        "ack p t/1 2 b 0x0"));
        assertThat(check(lines).explanations()).isEmpty();
    }

    @Test
    void eitherOfTwoWritesAtOnceMayBeRetained() throws IOException {
        for (int number = 3; number < 5; number++) {
            List<String> lines = clean();
            lines.addAll(
                    lines.indexOf("quiet"),
                    List.of("send p r 3 1 retain", "send p r 4 1 retain", "ack p r 4 b 0x0", "ack p r 3 b 0x0"));
            String held = " r p " + number;
            lines.replaceAll(line -> line.replace(" r p 2", held));
            assertThat(check(lines).explanations()).isEmpty();
        }
    }

    @Test
    void aWillOfAPassingSessionIsNotOwedWhereItWentWithAllNodes() throws IOException {
        List<String> lines = plant("remove", List.of("receive s 1 a will/w w 1 2 intact"));
        lines.add(lines.indexOf("disconnected w 1 c network reset"), "whole");
        assertThat(check(lines).explanations()).isEmpty();
        lines.set(lines.indexOf("connect w 1 c drop"), "connect w 1 c keep");
        assertThat(check(lines).violations()).containsOnlyKeys(Invariant.WILL);
    }

    @Test
    void aWillThatIsLeftAfterAllNodesWereLostIsOwed() throws IOException {
        List<String> lines = plant("remove", List.of("receive s 1 a will/w w 1 2 intact"));
        lines.add(0, "whole");
        assertThat(check(lines).violations()).containsOnlyKeys(Invariant.WILL);
    }

    @Test
    void aServerThatLeavesOwesNoWill() throws IOException {
        List<String> lines = plant("remove", List.of("receive s 1 a will/w w 1 2 intact"));
        lines.set(lines.indexOf("disconnected w 1 c network reset"), "disconnected w 1 c server 0x9c");
        assertThat(check(lines).explanations()).isEmpty();
    }

    /** MQTT 3.1.1 has no DISCONNECT from a server, so that the history has to tell that a node went. */
    @Test
    void ofAnOldClientTheWillIsOwedUnlessItsNodeLeft() throws IOException {
        List<String> lines = plant("remove", List.of("receive s 1 a will/w w 1 2 intact"));
        lines.add(lines.indexOf("connect w 1 c drop"), "speaks w 1 4");
        assertThat(check(lines).violations()).containsOnlyKeys(Invariant.WILL);
        int lost = lines.indexOf("disconnected w 1 c network reset");
        lines.add(lost, "leaves b");
        assertThat(check(lines).violations()).containsOnlyKeys(Invariant.WILL);
        lines.set(lost, "leaves c");
        assertThat(check(lines).explanations()).isEmpty();
        lines.set(lines.indexOf("speaks w 1 4"), "speaks w 1 5");
        assertThat(check(lines).violations()).containsOnlyKeys(Invariant.WILL);
    }

    /** A clean session of MQTT 3.1.1 begins with none (3.1.2.4), whatever there was. */
    @Test
    void anOldClientWithACleanSessionIsToldOfNone() throws IOException {
        List<String> lines = clean();
        int quiet = lines.indexOf("quiet");
        lines.addAll(
                quiet,
                List.of("disconnected p 1 b client bye", "speaks p 2 4", "connect p 2 a drop", "connected p 2 a new"));
        assertThat(check(lines).explanations()).isEmpty();
        lines.set(lines.indexOf("connected p 2 a new"), "connected p 2 a present");
        assertThat(check(lines).violations()).containsOnlyKeys(Invariant.SESSION_PRESENT);
    }

    /** Connections are read by different threads, so that the answer that was sent last may be seen first. */
    @Test
    void ofTwoLetInTogetherTheOneThatStaysIsServed() throws IOException {
        List<String> lines = clean();
        lines.addAll(
                lines.indexOf("quiet"),
                List.of(
                        "connect g1 2 b keep",
                        "connect g1 3 b keep",
                        "connected g1 3 b present",
                        "connected g1 2 b present",
                        "disconnected g1 1 b server 0x8e",
                        "disconnected g1 2 b server 0x8e"));
        // later than the grace of a takeover
        for (int i = 0; i < 30; i++) {
            lines.add(lines.indexOf("quiet"), "send p q 2 2 plain".replace("q 2", "q " + (2 + i)));
        }
        lines.add(lines.indexOf("quiet"), "receive g1 3 b q p 2 2 intact");
        assertThat(check(lines).explanations()).isEmpty();
    }

    @Test
    void aLineIsReadAsItWasWritten() {
        for (String line : clean()) {
            assertThat(Event.parse("17 " + line).line()).isEqualTo("17 " + line);
        }
        assertThatThrownBy(() -> Event.parse("17 ack p t/1")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void oneLostOfAHundredThousandIsFound() throws IOException {
        Random random = new Random(1);
        int lost = random.nextInt(100_000);
        List<String> lines = new ArrayList<>(List.of("connect s 1 a keep", "connected s 1 a new", "subscribed s # 1"));
        for (int i = 0; i < 100_000; i++) {
            lines.add("send p t " + i + " 1 plain");
            lines.add("ack p t " + i + " a 0x0");
            if (i != lost) {
                lines.add("receive s 1 a t p " + i + " 1 intact");
            }
        }
        Checker.Verdict verdict = check(lines);
        assertThat(verdict.violations()).containsOnlyKeys(Invariant.DELIVERED).containsValue(1);
        assertThat(verdict.explanations().get(0)).contains("number " + lost);
    }

    private static List<String> plant(String how, List<String> planted) {
        List<String> lines = clean();
        int quiet = lines.indexOf("quiet");
        switch (how) {
            case "remove" -> assertThat(lines.remove(planted.get(0))).isTrue();
            case "before quiet" -> lines.addAll(quiet, planted);
            case "after quiet" -> lines.addAll(quiet + 1, planted);
            // the others, from where they may be now, come before the first
            case "before" -> {
                List<String> others = planted.subList(1, planted.size());
                others.forEach(lines::remove);
                int at = lines.indexOf(planted.get(0));
                assertThat(at).isPositive();
                lines.addAll(at, others);
            }
            default -> {
                for (int i = 0; i < planted.size(); i += 2) {
                    assertThat(lines.contains(planted.get(i))).isTrue();
                    lines.set(lines.indexOf(planted.get(i)), planted.get(i + 1));
                }
            }
        }
        return lines;
    }

    private Checker.Verdict check(List<String> lines) throws IOException {
        List<String> timed = new ArrayList<>();
        long micros = 0;
        for (String line : lines) {
            timed.add(micros + " " + line);
            // a fault lasts, and so does the time in which who is out of quorum may not have noticed
            micros += line.startsWith("out") || line.startsWith("connected g2 2") ? 6_000_000 : 100_000;
        }
        return Checker.check(Files.write(directory.resolve("history"), timed));
    }
}
