package io.coppice.config;

import io.coppice.config.CoppiceConfig.Listeners;
import io.coppice.config.CoppiceConfig.Security;
import java.time.Duration;

/** The part of the {@link Schema} that says who may enter. */
record SecuritySchema(Schema.Values values) {
    private static final int PROCESSORS_PER_CHECK_THREAD = 4;

    Security security(Listeners listeners) {
        String anonymous = value(
                "security.anonymous",
                ValueType.text("auto, true or false", "auto|true|false"),
                "auto",
                "Whether clients without a user name may enter; auto: only if every MQTT listener is on loopback and there is no "
                        + "security.password-file.");
        String passwordFile = value(
                "security.password-file",
                ValueType.text("a path without control characters", "[^\\p{Cntrl}]{0,4096}"),
                "",
                "Users and hashes of their passwords, as mosquitto_passwd or \"coppice passwd\" writes them; empty for none.");
        Duration reloadInterval = value(
                "security.reload-interval",
                ValueType.duration(Duration.ZERO, Duration.ofDays(1)),
                "5s",
                "Time between two looks at whether files of this section and certificates have changed; 0 for never.");
        int checkThreads = value(
                "security.check-threads",
                ValueType.integer(0, 64),
                "0",
                "Threads that check passwords; 0 for one per four processors, at least one.");
        boolean noUsers = passwordFile.isEmpty();
        return new Security(
                anonymous.equals("auto") ? noUsers && Hosts.onlyLoopback(listeners) : Boolean.parseBoolean(anonymous),
                passwordFile,
                reloadInterval,
                checkThreads == 0
                        ? Math.max(1, Runtime.getRuntime().availableProcessors() / PROCESSORS_PER_CHECK_THREAD)
                        : checkThreads);
    }

    private <T> T value(String name, ValueType<T> type, String byDefault, String documentation) {
        return values.of(new Key<>(name, type, byDefault, documentation));
    }
}
