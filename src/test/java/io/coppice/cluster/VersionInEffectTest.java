package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.cluster.VersionInEffect.Claim;
import io.coppice.cluster.VersionInEffect.Kept;
import io.coppice.port.WireVersions;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the version that nodes write goes up, and when it does not. */
class VersionInEffectTest {
    private static final WireVersions OLD = new WireVersions(5, 5, 5);
    private static final WireVersions NEW = new WireVersions(5, 5, 6);
    private static final WireVersions TOLD = new WireVersions(5, 6, 6);

    private final List<Kept> shelf = new ArrayList<>();
    private long nanos;

    private VersionInEffect of(WireVersions known) {
        return new VersionInEffect(known, VersionInEffect.none(known), shelf::add, () -> nanos);
    }

    private static void look(List<VersionInEffect> nodes, boolean complete) {
        for (VersionInEffect node : nodes) {
            List<Claim> others = nodes.stream()
                    .filter(other -> other != node)
                    .map(VersionInEffect::claim)
                    .toList();
            node.look(others, complete);
        }
    }

    private static List<Integer> written(List<VersionInEffect> nodes) {
        return nodes.stream().map(VersionInEffect::written).toList();
    }

    @Test
    void itGoesUpWhenAllAreThereAndReadItAndWereToldSo() {
        List<VersionInEffect> nodes = List.of(of(TOLD), of(TOLD), of(NEW));
        for (int i = 0; i < 3; i++) {
            look(nodes, true);
        }
        assertThat(written(nodes)).as("one was not told").containsExactly(5, 5, 5);
        nodes.get(2).want(6);
        for (int i = 0; i < 3; i++) {
            look(nodes, false);
        }
        assertThat(written(nodes)).as("one is missing").containsExactly(5, 5, 5);
        look(nodes, true);
        look(nodes, true);
        assertThat(written(nodes)).containsExactly(6, 6, 6);
        nodes.forEach(node -> node.want(5));
        look(nodes, true);
        assertThat(written(nodes)).as("never down").containsExactly(6, 6, 6);
    }

    @Test
    void nobodyWritesItBeforeAllHavePromisedItOnTheirDisks() {
        VersionInEffect first = of(TOLD);
        Claim other = of(TOLD).claim();
        first.look(List.of(other), true);
        assertThat(first.claim().promised()).isEqualTo(6);
        assertThat(first.written()).isEqualTo(5);
        assertThat(shelf).containsExactly(new Kept(6, 5));
        first.look(List.of(new Claim(5, 6, 6, 6, 5)), true);
        assertThat(first.written()).isEqualTo(6);
        assertThat(shelf).containsExactly(new Kept(6, 5), new Kept(6, 6));
    }

    @Test
    void whoAsksToComeHoldsItBackUntilItIsAMemberOrIsNot() {
        VersionInEffect node = of(TOLD);
        assertThat(node.greet(5).promised()).isEqualTo(5);
        node.look(List.of(), true);
        assertThat(node.claim().promised()).isEqualTo(5);
        nanos = TimeUnit.SECONDS.toNanos(61);
        node.look(List.of(new Claim(5, 5, 5, 5, 5)), true);
        assertThat(node.claim().promised()).as("it has become one").isEqualTo(5);
        node.look(List.of(), true);
        assertThat(node.claim().promised()).isEqualTo(6);
        assertThat(node.greet(5).promised()).as("and now it stays out").isEqualTo(6);
    }

    @Test
    void whatOthersHavePromisedIsPromisedToo() {
        VersionInEffect node = of(NEW);
        node.look(List.of(new Claim(5, 6, 6, 6, 6)), false);
        assertThat(node.written()).isEqualTo(6);
    }

    @Test
    void whereItCannotBeKeptNothingChanges() {
        VersionInEffect node = new VersionInEffect(
                TOLD,
                VersionInEffect.none(TOLD),
                kept -> {
                    throw new UncheckedIOException(new java.io.IOException("full"));
                },
                () -> 0);
        assertThatThrownBy(() -> node.look(List.of(), true)).isInstanceOf(UncheckedIOException.class);
        assertThat(node.claim().promised()).isEqualTo(5);
        assertThat(node.written()).isEqualTo(5);
    }

    @Test
    void theDiskKeepsItAndAnOlderReleaseRefusesIt(@TempDir Path directory) throws Exception {
        VersionFile file = new VersionFile(directory);
        assertThat(file.read(NEW)).isEqualTo(new Kept(5, 5));
        file.keep(new Kept(6, 5));
        assertThat(file.read(NEW)).isEqualTo(new Kept(6, 5));
        assertThatThrownBy(() -> file.read(OLD))
                .isInstanceOf(JoinRefused.class)
                .hasMessage(directory.resolve(VersionFile.NAME) + ": the cluster of this node writes version 6, or has "
                        + "agreed to; this release reads 5 to 5. Start the release that wrote it, or a newer one.");
        assertThat(file.read(new WireVersions(7, 7, 8))).isEqualTo(new Kept(7, 7));
        for (String odd :
                List.of("", "[]", "{}", "{\"promised\":\"x\",\"written\":5}", "{\"promised\":5,\"written\":6}")) {
            Files.writeString(directory.resolve(VersionFile.NAME), odd);
            assertThatThrownBy(() -> file.read(NEW)).as(odd).isInstanceOf(JoinRefused.class);
        }
    }

    /** Nodes of both releases come, go and look as chance wants it; looks are made of claims that may be old. */
    @Test
    void nobodyIsEverAmongThoseWhoWriteWhatItDoesNotRead() {
        int raised = 0;
        for (int seed = 0; seed < 2_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Map<String, VersionInEffect> there = new HashMap<>();
            Map<String, Kept> disks = new HashMap<>();
            for (int step = 0; step < 60; step++) {
                String name = "node-" + random.nextInt(3);
                VersionInEffect node = there.get(name);
                if (node != null && random.nextInt(8) == 0) {
                    there.remove(name);
                } else if (node != null) {
                    List<VersionInEffect> others = new ArrayList<>(there.values());
                    others.remove(node);
                    List<Claim> claims =
                            others.stream().map(VersionInEffect::claim).toList();
                    if (random.nextInt(3) == 0) {
                        come(random, there, disks); // between what was heard and what is made of it
                    }
                    node.look(claims, claims.size() == 2);
                } else {
                    come(random, there, disks);
                }
                for (VersionInEffect one : there.values()) {
                    for (VersionInEffect other : there.values()) {
                        assertThat(one.written())
                                .as("seed %d, step %d", seed, step)
                                .isLessThanOrEqualTo(other.claim().newest());
                    }
                    raised += one.written() - 5;
                }
            }
        }
        assertThat(raised).as("it does go up").isPositive();
    }

    private void come(SplittableRandom random, Map<String, VersionInEffect> there, Map<String, Kept> disks) {
        String name = "node-" + random.nextInt(3);
        WireVersions known = random.nextInt(4) == 0 ? OLD : random.nextInt(3) == 0 ? NEW : TOLD;
        Kept kept = disks.getOrDefault(name, VersionInEffect.none(known));
        boolean fits = !there.containsKey(name) && kept.promised() <= known.newest();
        for (VersionInEffect elder : there.values()) {
            fits &= elder.greet(known.newest()).promised() <= known.newest();
            fits &= kept.written() <= elder.claim().newest();
        }
        if (fits) {
            there.put(name, new VersionInEffect(known, kept, next -> disks.put(name, next), () -> nanos));
        }
    }
}
