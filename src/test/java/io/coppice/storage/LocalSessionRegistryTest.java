package io.coppice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.port.Home;
import io.coppice.port.IdleLoop;
import io.coppice.port.NodeId;
import io.coppice.port.SessionRegistry.Claim;
import io.coppice.port.SessionRegistry.Claimant;
import io.coppice.port.SessionRegistry.Resident;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LocalSessionRegistryTest {
    private static final long BEGIN = 1_700_000_000_000L;
    private static final NodeId OAK = new NodeId("oak", 1);

    private static final Claimant NOBODY = new Claimant(null, false, null);

    private final LocalSessionRegistry registry = new LocalSessionRegistry(BEGIN);

    private Claim claim(String clientId, int loop) {
        List<Claim> answers = new ArrayList<>();
        registry.claim(clientId, OAK, new IdleLoop(loop), NOBODY, answers::add, () -> {}, late -> {});
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    @Test
    void aClientThatIsNewHasNoFormerHome() {
        Claim claim = claim("meter", 3);

        assertThat(claim.home()).isEqualTo(new Home(OAK, 3, BEGIN + 1));
        assertThat(claim.former()).isNull();
    }

    @Test
    void aSecondClaimNamesTheHomeUntilThen() {
        Home first = claim("meter", 0).home();
        Claim second = claim("meter", 1);

        assertThat(second.former()).isEqualTo(first);
        assertThat(second.home().shard()).isEqualTo(1);
        assertThat(second.home().epoch()).isGreaterThan(first.epoch());
    }

    @Test
    void aClientThatHasAHomeIsNotClaimedAsVacant() {
        List<Home> answers = new ArrayList<>();
        registry.claimVacant("meter", OAK, new IdleLoop(2), null, answers::add);
        registry.claimVacant("meter", OAK, new IdleLoop(1), null, answers::add);

        assertThat(answers).containsExactly(new Home(OAK, 2, BEGIN + 1), null);
        assertThat(claim("meter", 0).former()).isEqualTo(answers.get(0));
    }

    private @Nullable Claim claimAs(@Nullable String user, boolean fromAnyone) {
        List<@Nullable Claim> answers = new ArrayList<>();
        Claimant claimant = new Claimant(user, fromAnyone, null);
        registry.claim(
                "meter",
                OAK,
                new IdleLoop(0),
                claimant,
                answers::add,
                () -> answers.add(null),
                late -> answers.clear());
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    @Test
    void whatIsAUsersIsClaimedByNobodyElse() {
        Claim first = claimAs("anna", false);
        assertThat(claimAs("bert", false)).isNull();
        assertThat(claimAs(null, false)).isNull();

        assertThat(claimAs("anna", false).former()).as("nothing has changed").isEqualTo(first.home());
    }

    @Test
    void whatIsNobodysIsOfTheFirstUserWhoClaimsIt() {
        claimAs(null, false);
        assertThat(claimAs("bert", false)).isNotNull();
        assertThat(claimAs(null, false)).isNull();
    }

    @Test
    void whoMayTakeFromAnyoneHasItThen() {
        claimAs("anna", false);
        assertThat(claimAs("bert", true)).isNotNull();
        assertThat(claimAs("anna", false)).isNull();
        claimAs(null, true);
        assertThat(claimAs("anna", false)).isNotNull();
    }

    @Test
    void whatWasReleasedOrNeverClaimedIsAnybodys() {
        registry.release("meter", claimAs("anna", false).home().epoch() - 1);
        assertThat(claimAs("bert", false)).isNull();
        registry.release("meter", claimAs("anna", false).home().epoch());
        Home berts = claimAs("bert", false).home();
        registry.release("meter", berts.epoch());
        List<Home> answers = new ArrayList<>();
        registry.claimVacant("meter", OAK, new IdleLoop(0), "carl", answers::add);
        assertThat(answers).doesNotContainNull();
        assertThat(claimAs("bert", false)).isNull();
        assertThat(claimAs("carl", false)).isNotNull();
    }

    @Test
    void whatWasAUsersInAnEarlierLifeStaysIts() {
        Resident resident = new Resident("meter", new Home(new NodeId("oak", 0), 0, BEGIN + 500));
        LocalSessionRegistry again = new LocalSessionRegistry(BEGIN, List.of(resident), Map.of("meter", "anna"));
        List<String> answers = new ArrayList<>();
        Claimant bert = new Claimant("bert", false, null);
        again.claimFrom(resident, OAK, new IdleLoop(0), home -> answers.add("adopted"));
        again.claim("meter", OAK, new IdleLoop(0), bert, made -> {}, () -> answers.add("refused"), late -> {});
        assertThat(answers).containsExactly("adopted", "refused");
    }

    @Test
    void clientsDoNotMeetEachOther() {
        claim("meter", 0);

        assertThat(claim("lamp", 0).former()).isNull();
    }

    @Test
    void aClientThatWasReleasedIsForgotten() {
        Home home = claim("meter", 0).home();
        registry.release("meter", home.epoch());

        assertThat(claim("meter", 0).former()).isNull();
    }

    @Test
    void epochsGrowAcrossARelease() {
        Home before = claim("meter", 0).home();
        registry.release("meter", before.epoch());

        assertThat(claim("meter", 0).home().epoch()).isGreaterThan(before.epoch());
    }

    @Test
    void aReleaseByAFormerHomeChangesNothing() {
        Home former = claim("meter", 0).home();
        Home present = claim("meter", 1).home();
        registry.release("meter", former.epoch());

        assertThat(claim("meter", 0).former()).isEqualTo(present);
    }

    @Test
    void aReleaseOfSomeoneUnknownChangesNothing() {
        registry.release("meter", 1);

        assertThat(claim("meter", 0).former()).isNull();
    }

    @Test
    void nobodyIsAtHomeElsewhere() {
        claim("meter", 0);
        List<List<Resident>> answers = new ArrayList<>();
        registry.residentsElsewhere(Set.of(OAK), Set.of(), client -> true, new IdleLoop(0), answers::add);

        assertThat(answers).containsExactly(List.of());
    }

    @Test
    void theSessionsOfAnEarlierLifeAreTakenOnceAndWithANewEpoch() {
        Resident resident = new Resident("lamp", new Home(new NodeId("oak", 0), 0, BEGIN + 500));
        LocalSessionRegistry again = new LocalSessionRegistry(BEGIN, List.of(resident), Map.of());
        List<List<Resident>> elsewhere = new ArrayList<>();
        again.residentsElsewhere(Set.of(OAK), Set.of(), client -> true, new IdleLoop(1), elsewhere::add);
        assertThat(elsewhere).containsExactly(List.of(resident));

        List<Home> taken = new ArrayList<>();
        again.claimFrom(resident, OAK, new IdleLoop(1), taken::add);
        again.claimFrom(resident, OAK, new IdleLoop(0), taken::add);
        assertThat(taken).containsExactly(new Home(OAK, 1, BEGIN + 501), null);
    }

    @Test
    void aHomeIsNotTakenFromThisVeryNode() {
        Home home = claim("meter", 0).home();
        List<Home> answers = new ArrayList<>();
        registry.claimFrom(new Resident("meter", home), OAK, new IdleLoop(0), answers::add);

        assertThat(answers).hasSize(1).containsOnlyNulls();
        assertThat(claim("meter", 0).former()).isEqualTo(home);
    }

    @Test
    void claimsOfManyThreadsFormOneChainOfRisingEpochs() throws Exception {
        int threads = 4;
        int claimsOfEach = 2_000;
        ExecutorService loops = Executors.newFixedThreadPool(threads);
        List<Claim> claims = new ArrayList<>();
        try {
            List<Future<List<Claim>>> parts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int loop = i;
                parts.add(loops.submit(() -> {
                    List<Claim> part = new ArrayList<>();
                    for (int n = 0; n < claimsOfEach; n++) {
                        registry.claim("meter", OAK, new IdleLoop(loop), NOBODY, part::add, () -> {}, late -> {});
                    }
                    return part;
                }));
            }
            for (Future<List<Claim>> part : parts) {
                claims.addAll(part.get());
            }
        } finally {
            loops.shutdownNow();
        }

        claims.sort(Comparator.comparingLong(claim -> claim.home().epoch()));
        assertThat(claims).hasSize(threads * claimsOfEach);
        assertThat(claims.get(0).former()).isNull();
        for (int i = 1; i < claims.size(); i++) {
            assertThat(claims.get(i).former()).isEqualTo(claims.get(i - 1).home());
        }
    }
}
