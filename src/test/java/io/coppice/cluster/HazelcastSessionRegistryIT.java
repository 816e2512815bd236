package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.cluster.TestCluster.Node;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.port.Home;
import io.coppice.port.NodeId;
import io.coppice.port.SessionRegistry.Claim;
import io.coppice.port.SessionRegistry.Claimant;
import io.coppice.port.SessionRegistry.Resident;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One truth about homes, on three real members. */
class HazelcastSessionRegistryIT {
    private static final Claimant NOBODY = new Claimant(null, false, null);

    private static TestCluster cluster;
    private static Node first;
    private static Node second;
    private static Node third;

    @BeforeAll
    static void start() throws Exception {
        cluster = TestCluster.of(3);
        first = cluster.nodes.get(0);
        second = cluster.nodes.get(1);
        third = cluster.nodes.get(2);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void claimsOfDifferentMembersMakeAChain() throws Exception {
        long before = System.currentTimeMillis();
        Claim one = first.claim("chain");
        Claim two = second.claim("chain");
        Claim three = third.claim("chain");

        assertThat(one.former()).isNull();
        assertThat(one.home().epoch()).isGreaterThanOrEqualTo(before);
        assertThat(two.former()).isEqualTo(one.home());
        assertThat(three.former()).isEqualTo(two.home());
        assertThat(two.home().epoch()).isGreaterThan(one.home().epoch());
        assertThat(three.home().epoch()).isGreaterThan(two.home().epoch());
        assertThat(three.home().node()).isEqualTo(third.id);
    }

    @Test
    void claimsAtTheSameTimeMakeAChainToo() throws Exception {
        List<CompletableFuture<Claim>> answers = IntStream.range(0, 60)
                .mapToObj(i -> cluster.nodes.get(i % 3))
                .map(node -> node.loop.<Claim>ask(then -> node.doors
                        .registry()
                        .claim("storm", node.id, node.loop, NOBODY, then::accept, () -> {}, made -> {})))
                .toList();

        List<Home> homes = new ArrayList<>();
        List<Home> formers = new ArrayList<>();
        for (CompletableFuture<Claim> answer : answers) {
            homes.add(answer.get().home());
            if (answer.get().former() != null) {
                formers.add(answer.get().former());
            }
        }
        assertThat(homes).doesNotHaveDuplicates();
        assertThat(formers).hasSize(59).doesNotHaveDuplicates();
        assertThat(homes).containsAll(formers);
    }

    @Test
    void aClaimWhoseAnswerWasLostIsNotItsOwnFormerHome() throws Exception {
        Claim before = second.claim("lost");
        first.way.lose(2);
        long repeats = first.doors.counters().repeats();
        Claim claim = first.claim("lost");

        assertThat(first.doors.counters().repeats()).isEqualTo(repeats + 2);
        assertThat(claim.former()).isEqualTo(before.home());
        assertThat(second.claim("lost").former()).isEqualTo(claim.home());
    }

    @Test
    void aClaimOfWhichNobodyCouldSayWhetherItWasMadeIsHeardOfLater() throws Exception {
        Claim before = second.claim("doubtful");
        int late = first.late.size();
        first.way.refuse(1);

        assertThat(first.claim("doubtful")).isNull();

        await().until(() -> first.late.size() > late);
        Claim made = first.late.get(late).orElseThrow();
        assertThat(made.former()).isEqualTo(before.home());
        assertThat(third.claim("doubtful").former()).isEqualTo(made.home());
    }

    @Test
    void ofAClaimThatWasFollowedByAnotherNothingIsHeardAndNothingIsTaken() throws Exception {
        int late = first.late.size();
        first.way.refuse(1);
        assertThat(first.claim("overtaken")).isNull();
        int submitted = first.way.submitted();

        Home home = second.claim("overtaken").home();

        await().until(() -> first.way.submitted() > submitted);
        assertThat(first.claim("overtaken").former())
                .as("asked behind the question what became of the first")
                .isEqualTo(home);
        assertThat(first.late).hasSize(late + 1);
        assertThat(first.late.get(late)).isEmpty();
    }

    @Test
    void whoTakesAHomeOverAsksUntilItIsKnown() throws Exception {
        Home home = first.claim("asked for").home();
        second.way.refuse(1);

        Home taken = second.claimFrom(new Resident("asked for", home));

        assertThat(third.claim("asked for").former()).isEqualTo(taken).isNotNull();
    }

    @Test
    void aHomeIsTakenFromOneThatIsStillThere() throws Exception {
        Home home = first.claim("taken").home();

        Home taken = second.claimFrom(new Resident("taken", home));
        assertThat(taken.epoch()).isGreaterThan(home.epoch());
        assertThat(taken.node()).isEqualTo(second.id);
        assertThat(third.claimFrom(new Resident("taken", home))).isNull();
        assertThat(third.claim("taken").former()).isEqualTo(taken);
        assertThat(third.claimFrom(new Resident("nobody", home))).isNull();
    }

    @Test
    void aHomeIsMadeOnlyWhereThereIsNone() throws Exception {
        second.way.lose(1);
        Home made = second.claimVacant("vacant");

        assertThat(made).as("though its answer was lost").isNotNull();
        assertThat(third.claimVacant("vacant")).isNull();
        assertThat(first.claim("vacant").former()).isEqualTo(made);
    }

    @Test
    void aHomeIsMadeWhereThereIsNoneAnyMore() throws Exception {
        Home home = first.claim("vacated").home();
        first.doors.registry().release("vacated", home.epoch());
        await().untilAsserted(() ->
                assertThat(residents()).extracting(Resident::clientId).doesNotContain("vacated"));

        assertThat(third.claimVacant("vacated").epoch()).isGreaterThan(home.epoch());
    }

    @Test
    void ofARepeatedClaimFromTheAnswerIsTheSame() throws Exception {
        Home home = first.claim("taken twice").home();
        second.way.lose(1);

        assertThat(second.claimFrom(new Resident("taken twice", home))).isNotNull();
    }

    @Test
    void aReleaseForgetsTheHomeAndKeepsTheEpoch() throws Exception {
        Home home = first.claim("released").home();
        second.doors.registry().release("released", home.epoch() - 1);
        assertThat(residents()).extracting(Resident::clientId).contains("released");

        first.doors.registry().release("released", home.epoch());
        await().untilAsserted(() ->
                assertThat(residents()).extracting(Resident::clientId).doesNotContain("released"));
        assertThat(third.claimFrom(new Resident("released", home))).isNull();
        Claim next = second.claim("released");
        assertThat(next.former()).isNull();
        assertThat(next.home().epoch()).isGreaterThan(home.epoch());
    }

    private static Claimant user(String name) {
        return new Claimant(name, false, null);
    }

    @Test
    void whatIsAUsersIsClaimedByNobodyElseOnAnyMember() throws Exception {
        Claim annas = first.claim("owned", user("anna")).orElseThrow();
        for (Node node : cluster.nodes) {
            assertThat(node.claim("owned", user("bert"))).isNull();
            assertThat(node.claim("owned", NOBODY)).isNull();
        }
        Claim again = third.claim("owned", user("anna")).orElseThrow();
        assertThat(again.former()).as("nothing has changed").isEqualTo(annas.home());
        Claim berts = second.claim("owned", new Claimant("bert", true, null)).orElseThrow();
        assertThat(berts.former()).isEqualTo(again.home());
        assertThat(first.claim("owned", user("anna"))).isNull();
    }

    @Test
    void whoTakesASessionOverTakesItForItsUser() throws Exception {
        Home annas = first.claim("inherited", user("anna")).orElseThrow().home();
        Home taken = second.claimFrom(new Resident("inherited", annas));

        assertThat(third.claim("inherited", user("bert"))).isNull();
        assertThat(third.claim("inherited", user("anna")).orElseThrow().former())
                .isEqualTo(taken);
    }

    @Test
    void whatWasReleasedIsAnybodys() throws Exception {
        Home annas = first.claim("left", user("anna")).orElseThrow().home();
        first.doors.registry().release("left", annas.epoch());
        await().until(() -> first.doors.registry().releasing() == 0);

        assertThat(second.claim("left", user("bert")).orElseThrow().former()).isNull();
        assertThat(first.claim("left", user("anna"))).isNull();
    }

    @Test
    void aClaimOfAUserWhoseAnswerWasLostIsNotRefusedAndARefusalIsNotMade() throws Exception {
        first.way.lose(2);
        Claim annas = first.claim("lost and owned", user("anna")).orElseThrow();
        second.way.lose(2);
        assertThat(second.claim("lost and owned", user("bert"))).isNull();
        assertThat(third.claim("lost and owned", user("anna")).orElseThrow().former())
                .isEqualTo(annas.home());
    }

    @Test
    void aClaimOfAnotherUserThatIsInDoubtIsNotMade() throws Exception {
        Claim annas = second.claim("doubted", user("anna")).orElseThrow();
        int late = first.late.size();
        first.way.refuse(1);
        assertThat(first.claim("doubted", user("bert"))).isEmpty();

        await().until(() -> first.late.size() > late);
        assertThat(first.late.get(late)).isEmpty();
        assertThat(third.claim("doubted", user("anna")).orElseThrow().former()).isEqualTo(annas.home());
    }

    @Test
    void ofUsersWhoComeAtTheSameMomentOneHasIt() throws Exception {
        for (int round = 0; round < 20; round++) {
            String clientId = "race " + round;
            List<String> winners = new CopyOnWriteArrayList<>();
            List<CompletableFuture<String>> answers = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                Node node = cluster.nodes.get(i % 3);
                String name = "user" + i % 2;
                answers.add(node.loop.ask(then -> node.doors
                        .registry()
                        .claim(
                                clientId,
                                node.id,
                                node.loop,
                                user(name),
                                claim -> {
                                    winners.add(name);
                                    then.accept("");
                                },
                                () -> then.accept(""),
                                made -> {})));
            }
            for (CompletableFuture<String> answer : answers) {
                answer.get();
            }
            assertThat(winners).hasSize(15).containsOnly(winners.get(0));
        }
    }

    @Test
    void whatIsImportedIsItsUsers() throws Exception {
        assertThat(first.loop.<Home>await(then ->
                        first.doors.registry().claimVacant("imported", first.id, first.loop, "anna", then::accept)))
                .isNotNull();
        assertThat(second.claim("imported", user("bert"))).isNull();
        assertThat(second.claim("imported", user("anna"))).isPresent();
    }

    @Test
    void aWillIsKeptWithItsClaimUntilTheHomeIsClaimedAgainOrReleased() throws Exception {
        Will will = new Will(
                TopicName.of("gone"), new byte[] {1}, Qos.EXACTLY_ONCE, true, Properties.NONE, 0xFFFF_FFFFL, 7);
        Home home = first.claim("testator", will).home();
        Resident found = resident("testator");
        assertThat(found.will().epoch()).isEqualTo(home.epoch());
        assertThat(found.will().will().topic()).isEqualTo(will.topic());
        assertThat(found.will().will().payload()).isEqualTo(will.payload());
        assertThat(found.will().will().delayInterval()).isEqualTo(will.delayInterval());

        Home taken = second.claimFrom(found);
        assertThat(resident("testator").home()).isEqualTo(taken);
        assertThat(resident("testator").will().epoch())
                .as("whoever takes it over numbers it the same")
                .isEqualTo(home.epoch());

        third.claim("testator");
        assertThat(resident("testator").will()).isNull();

        Home last = first.claim("testator", will).home();
        first.doors.registry().release("testator", last.epoch());
        await().until(() -> first.doors.registry().releasing() == 0);
        assertThat(residents()).extracting(Resident::clientId).doesNotContain("testator");
    }

    private static Resident resident(String clientId) throws Exception {
        return residents().stream()
                .filter(each -> each.clientId().equals(clientId))
                .findFirst()
                .orElseThrow();
    }

    private static List<Resident> residents() throws Exception {
        return third.residentsElsewhere(Set.of());
    }

    @Test
    void residentsElsewhereAreAllThoseAndNoOthers() throws Exception {
        List<Resident> expected = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Home home = cluster.nodes.get(i % 3).claim("resident " + i).home();
            if (i % 3 == 0) {
                expected.add(new Resident("resident " + i, home));
            }
        }

        List<Resident> found = second.loop.await(then -> second.doors
                .registry()
                .residentsElsewhere(
                        Set.of(second.id, third.id, new NodeId("other", 1)),
                        Set.of(first.id),
                        id -> id.startsWith("resident"),
                        second.loop,
                        then::accept));
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void whoIsAtHomeOnAMemberThatNobodyHasGivenUpIsNotFound() throws Exception {
        first.claim("newcomer");

        assertThat(second.loop.<List<Resident>>await(then -> second.doors
                        .registry()
                        .residentsElsewhere(
                                Set.of(second.id), Set.of(), "newcomer"::equals, second.loop, then::accept)))
                .isEmpty();
    }
}
