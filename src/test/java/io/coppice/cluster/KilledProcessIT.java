package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Members;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What was answered as safe outlives the process that kept it, killed at the moment of the answer. */
@Members
class KilledProcessIT {
    private static final long SEED = 20;

    @Test
    void aKilledProcessTakesNothingWithItThatWasAnswered() throws Exception {
        try (KillCampaign campaign = new KillCampaign(SEED)) {
            KillCampaign.Result result = campaign.run(2, TimeUnit.MINUTES.toNanos(5));
            assertThat(result.faults()).isEmpty();
            assertThat(result.kills()).isEqualTo(2);
            assertThat(result.records()).isGreaterThan(64 * 60);
        }
    }
}
