package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.CoppiceProcess;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Transport;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whose a session is on a node that is killed and starts again from its disk. */
@Timeout(120)
class OwnersIT {
    @TempDir
    Path data;

    @TempDir
    Path directory;

    private CoppiceProcess broker;

    private void start(Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(settings);
        all.putAll(Map.of("durability", "disk", "node.data", data.toString(), "security.anonymous", "true"));
        broker = CoppiceProcess.start(all, 256, 0);
    }

    private Map<String, String> users() throws Exception {
        return Map.of("security.password-file", Login.file(directory).toString());
    }

    @AfterEach
    void stop() throws Exception {
        if (broker != null) {
            broker.stop();
        }
    }

    private int port() {
        return broker.port(Transport.TCP);
    }

    private boolean comesAndGoes(String clientId, String user) throws Exception {
        try (Paho5 client = new Paho5("tcp://127.0.0.1:" + port(), clientId)) {
            return Login.connect(client, user, false);
        }
    }

    private void isRefused(String clientId, String user) throws Exception {
        Login.isRefused(port(), clientId, user);
    }

    @Test
    @Hostile({"B61", "B63"})
    void aSessionStaysItsUsersOverARestart() throws Exception {
        start(users());
        assertThat(comesAndGoes("phone", "anna")).isFalse();
        for (int life = 0; life < 3; life++) {
            isRefused("phone", "bert");
            isRefused("phone", null);
            try (Paho5 anna = new Paho5("tcp://127.0.0.1:" + port(), "phone")) {
                assertThat(Login.connect(anna, "anna", false))
                        .as("session present")
                        .isTrue();
                isRefused("phone", "bert");
                assertThat(anna.isConnected()).isTrue();
                if (life == 1) {
                    broker.process().kill(); // while the owner is connected
                }
            }
            if (life == 1) {
                start(users());
            } else {
                broker.process().kill();
                start(users());
            }
        }
        try (Paho5 end = new Paho5("tcp://127.0.0.1:" + port(), "phone")) {
            Login.connect(end, "anna", true);
        }
        broker.process().kill();
        start(users());
        assertThat(comesAndGoes("phone", "bert")).isFalse();
        isRefused("phone", "anna");
    }

    /** What was made before there were users is nobody's, and of the first who comes and is let in. */
    @Test
    void aSessionOfATimeWithoutUsersIsOfTheFirstWhoComes() throws Exception {
        start(Map.of());
        comesAndGoes("phone", "anna"); // nobody asks for proof
        comesAndGoes("lamp", null);
        broker.process().kill();
        start(users());
        assertThat(comesAndGoes("phone", "bert")).isTrue();
        isRefused("phone", "anna");
        assertThat(comesAndGoes("lamp", null)).isTrue();
        assertThat(comesAndGoes("lamp", "anna")).isTrue();
        isRefused("lamp", null);

        broker.process().kill();
        start(Map.of()); // a name proves nothing again
        assertThat(comesAndGoes("phone", "anna")).isTrue();
    }

    @Test
    void whereUsersShareClientIdentifiersTheLastOneHasItOverARestart() throws Exception {
        Map<String, String> shared = new HashMap<>(users());
        shared.put("security.client-id-shared-by-users", "true");
        start(shared);
        comesAndGoes("phone", "anna");
        broker.process().kill();
        start(shared);
        assertThat(comesAndGoes("phone", "bert")).isTrue();
        broker.process().kill();
        start(users());
        isRefused("phone", "anna");
        assertThat(comesAndGoes("phone", "bert")).isTrue();
    }
}
