package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is stored of a user who may not publish it any more is sent to nobody, by the node that took it and by the next one on its disk. */
@Timeout(120)
class SourcesIT {
    @TempDir
    Path directory;

    private Writers writers;
    private RunningNode node;

    @BeforeEach
    void start() throws Exception {
        writers = new Writers(directory.resolve("acl"));
        node = begin();
    }

    private RunningNode begin() throws Exception {
        return RunningNode.start(
                "durability=disk",
                "node.data=" + directory.resolve("data"),
                "security.acl-file=" + writers.acl,
                "security.reload-interval=50ms");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Hostile({"B48", "B102"})
    void whatARevokedUserHasLeftIsNotSent(boolean restart) throws Exception {
        try {
            Hive5 away = node.own(new Hive5("away", node.mqtt(), false));
            away.connect(false);
            away.subscribe("a/#", 1);
            away.disconnect();
            Hive5 anna = node.own(writers.connected("anna", node.mqtt()));
            Hive5 bob = node.own(writers.connected("bob", node.mqtt()));
            anna.publish("a/anna", "1", 1, true);
            bob.publish("a/bob", "2", 1, true);
            if (restart) {
                node.close();
                writers.revokeAnna();
                node = begin();
            } else {
                writers.revokeAnna();
                writers.awaitRevoked(anna);
            }
            Hive5 back = node.own(new Hive5("away", node.mqtt(), false));
            assertThat(back.connect(false)).as("session present").isTrue();
            assertThat(back.next()).isEqualTo(Received.live("a/bob", "2", 1));
            Hive5 fresh = node.own(new Hive5("fresh", node.mqtt(), false));
            fresh.connect(true);
            fresh.subscribe("a/#", 1);
            node.own(writers.connected("bob", node.mqtt())).publish("a/bob", "3", 1);

            assertThat(fresh.next(2))
                    .isEqualTo(List.of(Received.retained("a/bob", "2", 1), Received.live("a/bob", "3", 1)));
            assertThat(back.next()).isEqualTo(Received.live("a/bob", "3", 1));
        } finally {
            node.close();
        }
    }

    @Test
    void nobodyIsJudgedWhereThatIsTurnedOff() throws Exception {
        try {
            Hive5 anna = node.own(writers.connected("anna", node.mqtt()));
            anna.publish("a/anna", "1", 1, true);
            writers.revokeAnna();
            writers.awaitRevoked(anna);
            HttpResponse<String> changed =
                    ApiClient.ask(node.admin(), "PATCH", "config", "{\"security.check-source\":false}");
            assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);

            Hive5 fresh = node.own(new Hive5("fresh", node.mqtt(), false));
            fresh.connect(true);
            fresh.subscribe("a/#", 1);

            assertThat(fresh.next()).isEqualTo(Received.retained("a/anna", "1", 1));
        } finally {
            node.close();
        }
    }
}
