package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

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
    void livenessAsksNothingButTheProcess() {
        Health health = new Health(List.of(() -> new Health.Check("store", false, "the disk is full")));

        assertThat(health.live().up()).isTrue();
    }
}
