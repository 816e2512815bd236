package io.coppice.config;

import io.coppice.config.CoppiceConfig.Ban;
import io.coppice.config.CoppiceConfig.CertificateUser;
import io.coppice.config.CoppiceConfig.Flapping;
import io.coppice.config.CoppiceConfig.HttpCallout;
import io.coppice.config.CoppiceConfig.Jwt;
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
                "Whether clients without a user name may enter; auto: only if every MQTT listener is on loopback and there is "
                        + "none of security.password-file, security.certificate-user, security.jwt and security.http.");
        String passwordFile = path(
                "security.password-file",
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
                "Threads that check passwords, and as many that check tokens; 0 for one per four processors, at least one.");
        Duration passwordMemory = value(
                "security.password-memory",
                ValueType.duration(Duration.ZERO, Duration.ofDays(1)),
                "10m",
                "Time for which a password that was right is known again without being checked, so that clients can come back all at "
                        + "once; 0 for none.");
        CertificateUser certificateUser = value(
                "security.certificate-user",
                ValueType.choice(CertificateUser.class),
                "none",
                "What of a client's certificate is its user name, in the place of one in CONNECT and its password; a certificate "
                        + "without that is refused.");
        CalloutSchema elsewhere = new CalloutSchema(values);
        Jwt jwt = elsewhere.jwt();
        HttpCallout http = elsewhere.http();
        boolean noUsers =
                passwordFile.isEmpty() && certificateUser == CertificateUser.NONE && !jwt.enabled() && !http.enabled();
        return new Security(
                anonymous.equals("auto") ? noUsers && Hosts.onlyLoopback(listeners) : Boolean.parseBoolean(anonymous),
                passwordFile,
                reloadInterval,
                checkThreads == 0
                        ? Math.max(1, Runtime.getRuntime().availableProcessors() / PROCESSORS_PER_CHECK_THREAD)
                        : checkThreads,
                passwordMemory,
                certificateUser,
                ban(),
                flapping(),
                path(
                        "security.acl-file",
                        "What clients may publish and read, as an ACL file of Mosquitto; what it does not allow is refused. "
                                + "Empty for no such rules."),
                path(
                        "security.rules-file",
                        "The same as rules in YAML, also by address, listener and certificate, in the place of an ACL file; "
                                + "conf/rules-example.yaml is one."),
                value(
                        "security.client-id-shared-by-users",
                        ValueType.bool(),
                        "false",
                        "Whether a client may take over the session that a client of another user has made."),
                value(
                        "security.check-source",
                        ValueType.bool(),
                        "true",
                        "Whether a message that was stored, retained or in a queue, is withheld when its publisher has lost the right to "
                                + "publish it, or was banned, before it is sent on."),
                jwt,
                http,
                value(
                        "security.granted-filters-max",
                        ValueType.integer(1, 100_000),
                        "1000",
                        "Topic filters that a token, or an answer over HTTP, may give to one client."));
    }

    private String path(String name, String documentation) {
        return value(name, ValueType.path(), "", documentation);
    }

    private Ban ban() {
        return new Ban(
                count(
                        "security.ban.failures",
                        "20",
                        "Wrong passwords of one user from one address within the window, after which that user is refused from there for a "
                                + "time, whatever its password; 0 for never."),
                count(
                        "security.ban.address-failures",
                        "0",
                        "Wrong passwords of all users from one address, after which everybody there is refused; 0 for never. Only where "
                                + "clients have addresses of their own: not behind a proxy without PROXY headers."),
                span("security.ban.window", "1m", "Time within which wrong passwords are counted."),
                span("security.ban.time", "5m", "Time for which somebody is refused then."));
    }

    private Flapping flapping() {
        return new Flapping(
                count(
                        "security.flapping.connects",
                        "0",
                        "Times that a client identifier may connect within the window; one more is the last for a time. 0 for any number."),
                span("security.flapping.window", "1m", "Time within which connections are counted."),
                span("security.flapping.time", "5m", "Time for which the client identifier is refused then."));
    }

    private int count(String name, String byDefault, String documentation) {
        return value(name, ValueType.integer(0, 1_000_000), byDefault, documentation);
    }

    private Duration span(String name, String byDefault, String documentation) {
        return value(name, ValueType.duration(Duration.ofSeconds(1), Duration.ofDays(30)), byDefault, documentation);
    }

    private <T> T value(String name, ValueType<T> type, String byDefault, String documentation) {
        return values.of(new Key<>(name, type, byDefault, documentation));
    }
}
