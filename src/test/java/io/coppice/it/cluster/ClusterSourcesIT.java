package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.it.Hive5;
import io.coppice.it.Received;
import io.coppice.it.Writers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is stored of a user who may not publish it any more is sent by no node of a cluster, wherever it was taken and is kept. */
@Timeout(240)
class ClusterSourcesIT {
    @TempDir
    Path directory;

    @Test
    @Hostile({"B48", "B102"})
    void whatARevokedUserHasLeftIsSentByNoNode() throws Exception {
        Writers writers = new Writers(directory.resolve("acl"));
        try (LocalCluster cluster =
                LocalCluster.start(3, "security.acl-file=" + writers.acl, "security.reload-interval=50ms")) {
            Hive5 away = cluster.own(new Hive5("away", cluster.mqtt(1), false));
            away.connect(false);
            away.subscribe("a/#", 1);
            away.disconnect();
            Hive5 anna = cluster.own(writers.connected("anna", cluster.mqtt(0)));
            Hive5 bob = cluster.own(writers.connected("bob", cluster.mqtt(0)));
            anna.publish("a/anna", "1", 1, true);
            bob.publish("a/bob", "2", 1, true);
            writers.revokeAnna();
            for (int node = 0; node < 3; node++) {
                try (Hive5 probe = writers.connected("anna", cluster.mqtt(node))) {
                    writers.awaitRevoked(probe);
                }
            }

            // the session moves, and brings what it has along
            Hive5 back = cluster.own(new Hive5("away", cluster.mqtt(2), false));
            assertThat(back.connect(false)).as("session present").isTrue();
            assertThat(back.next()).isEqualTo(Received.live("a/bob", "2", 1));
            for (int node = 0; node < 3; node++) {
                Hive5 fresh = cluster.own(new Hive5("fresh" + node, cluster.mqtt(node), false));
                fresh.connect(true);
                fresh.subscribe("a/#", 1);
                bob.publish("a/bob", "live " + node, 1);
                assertThat(fresh.next(2))
                        .isEqualTo(
                                List.of(Received.retained("a/bob", "2", 1), Received.live("a/bob", "live " + node, 1)));
                assertThat(back.next()).isEqualTo(Received.live("a/bob", "live " + node, 1));
            }
        }
    }
}
