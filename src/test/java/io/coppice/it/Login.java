package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.common.MqttException;

/** The users {@code anna} and {@code bert} of a password file, and clients that come as one of them. */
public final class Login {
    private static final String ANNA =
            "anna:$7$101$HWSqxqRIf71DKw8K$mMEF//c+mBqV+GxHVBkm9RJSbUkoe/dPdrmz/LI3y3Tp1xuKZ09eWrWp6vSFn98G2+O9lhkYy1Xjd+XaFZCo+Q==\n";
    private static final String BERT =
            "bert:$6$u9hqsHClJI0+De3e$aM0T0aGpdciIn6NT1mUNi2zoXdKQZhLtjeIebuOXmWkuurqpnF0n3+yt2vzTDPFNIsh/dsbY8jgUK9vjDVKgBA==\n";
    private static final int NOT_AUTHORIZED = 0x87;

    private Login() {}

    public static Path file(Path directory) throws IOException {
        return Files.writeString(directory.resolve("users"), ANNA + BERT);
    }

    private static MqttConnectionOptions options(String user, boolean clean) {
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setCleanStart(clean);
        options.setSessionExpiryInterval(clean ? 0L : 3600L);
        options.setUseSubscriptionIdentifiers(false);
        if (user != null) {
            options.setUserName(user);
            options.setPassword("secret".getBytes(UTF_8));
        }
        return options;
    }

    /**
     * Connects a client.
     *
     * @param user null for none
     * @param clean whether the session begins and ends with the connection
     * @return whether there was a session
     */
    public static boolean connect(Paho5 client, String user, boolean clean) throws Exception {
        return client.connect(options(user, clean));
    }

    /** Another client of a user is not let in with a client identifier, with whatever kind of session. */
    public static void isRefused(int port, String clientId, String user) throws Exception {
        for (boolean clean : new boolean[] {true, false}) {
            try (Paho5 client = new Paho5("tcp://127.0.0.1:" + port, clientId)) {
                MqttException refusal = catchThrowableOfType(MqttException.class, () -> connect(client, user, clean));
                assertThat(refusal).as(user + " came in with " + clientId).isNotNull();
                assertThat(refusal.getReasonCode()).isEqualTo(NOT_AUTHORIZED);
            }
        }
    }
}
