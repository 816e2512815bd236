package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.port.ClusterSnapshot;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HealthTest {
    @Test
    void oneCheckThatIsDownMakesTheWholeDown() {
        Health health = new Health(List.of(
                () -> new Health.Check("listeners", true, ""),
                () -> new Health.Check("store", false, "the disk is full")));

        Health.Report report = health.ready();

        assertThat(report.up()).isFalse();
        assertThat(report.json().encode())
                .isEqualTo("{\"status\":\"DOWN\",\"checks\":[{\"name\":\"listeners\",\"status\":\"UP\"},"
                        + "{\"name\":\"store\",\"status\":\"DOWN\",\"detail\":\"the disk is full\"}]}");
    }

    @Test
    void aCheckThatFailsToAnswerIsDown() {
        Health health = new Health(List.of(() -> {
            throw new IllegalStateException("no answer");
        }));

        assertThat(health.ready().up()).isFalse();
        assertThat(health.ready().json().encode()).contains("no answer");
    }

    @Test
    void missingCopiesAreToldAndKeepNobodyAway() {
        FakeMembership membership = new FakeMembership();
        Health health = new Health(List.of(Health.copies(() -> membership)));

        assertThat(health.ready().json().encode()).contains("{\"name\":\"copies\",\"status\":\"UP\"}");
        membership.copiesMissing = true;

        assertThat(health.ready().up()).isTrue();
        assertThat(health.ready().json().encode())
                .contains("{\"name\":\"copies\",\"status\":\"DEGRADED\",\"detail\":"
                        + "\"not all copies of what the node keeps are on other nodes\"}");
        assertThat(Health.copies(() -> null).get().up()).isTrue();
    }

    @Test
    void livenessAsksNothingButTheProcess() {
        Health health = new Health(List.of(() -> new Health.Check("store", false, "the disk is full")));

        assertThat(health.live().up()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "STARTING, start, the node is starting",
        "DRAINING, drain, the node is shutting down",
        "DRAINED, drain, the node is being drained by an operator",
        "OVERLOADED, overload, 'the node has more to do, or to keep in its heap, than it can'",
        "NO_QUORUM, quorum, not more than half of the expected nodes are in sight",
        "ROUTES_INCOMPLETE, routes, not all other nodes have told all their subscriptions",
        "RETAINED_INCOMPLETE, retained-messages, not all retained messages have been read"
    })
    void thePartThatIsDownSaysWhyAndTheOthersAreUp(ClusterSnapshot.Obstacle obstacle, String part, String why) {
        FakeNode node = new FakeNode();
        node.cluster.obstacles = Set.of(obstacle);

        List<Health.Check> checks =
                Health.parts(() -> node).stream().map(Supplier::get).toList();

        assertThat(checks).filteredOn(check -> !check.up()).containsExactly(new Health.Check(part, false, why));
        assertThat(checks).hasSize(6);
        node.ready = false;
        assertThat(Health.acceptsClients(node).get().detail()).isEqualTo(why);
    }

    @Test
    void whereThereIsNoNodeYetEveryPartIsStarting() {
        assertThat(Health.parts(() -> null).stream().map(Supplier::get))
                .allMatch(check -> !check.up() && check.detail().equals("the node is starting"));
    }
}
