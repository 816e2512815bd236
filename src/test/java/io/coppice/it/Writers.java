package io.coppice.it;

import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.ExecutionException;

/** An ACL file that lets {@code anna} and {@code bob} write {@code a/#}, and everybody read that, until {@code anna} may not any more. */
public final class Writers {
    private static final String EVERYBODY = "topic readwrite way/#\ntopic read a/#\nuser bob\ntopic write a/#\n";

    public final Path acl;

    public Writers(Path acl) throws IOException {
        this.acl = Files.writeString(acl, EVERYBODY + "user anna\ntopic write a/#\ntopic write probe\n");
    }

    /** A client of a user, with the user's name as its own. */
    public Hive5 connected(String user, int port) throws Exception {
        Hive5 client = new Hive5(user, port, false);
        Peer.await(client.client
                .connectWith()
                .simpleAuth()
                .username(user)
                .applySimpleAuth()
                .send());
        return client;
    }

    /** In one step, as an editor does it. */
    public void revokeAnna() throws IOException {
        Path newer = Files.writeString(acl.resolveSibling("newer"), EVERYBODY);
        Files.move(newer, acl, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Waits until the node of a client of that user has seen it. */
    public void awaitRevoked(Hive5 anna) {
        await().pollInterval(Duration.ofMillis(50)).until(() -> {
            try {
                anna.publish("probe", "x", 1, false);
                return false;
            } catch (ExecutionException refused) {
                return refused.getCause() instanceof Mqtt5PubAckException;
            }
        });
    }
}
