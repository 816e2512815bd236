package io.coppice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.coppice.blackbox.Hostile;
import io.coppice.config.CoppiceConfig.AdminOpen;
import io.coppice.config.CoppiceConfig.Audit;
import io.coppice.config.CoppiceConfig.ClientAuth;
import io.coppice.config.CoppiceConfig.Monitoring;
import io.coppice.config.CoppiceConfig.Tls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys of the admin port and of the one for monitoring. */
class AdminConfigTest {
    private static CoppiceConfig sets(String... sets) throws ConfigException {
        return ConfigLoader.load(null, Map.of(), List.of(sets));
    }

    private static List<String> faults(String... sets) {
        ConfigException wrong = catchThrowableOfType(ConfigException.class, () -> sets(sets));
        return wrong == null ? List.of() : wrong.faults();
    }

    @Test
    void onLoopbackNothingMoreIsNeeded() throws Exception {
        CoppiceConfig.Admin admin = sets().admin();

        assertThat(admin.tls()).isEqualTo(Tls.NONE);
        assertThat(admin.open()).isEmpty();
        assertThat(admin.corsOrigins()).isEmpty();
        assertThat(admin.backOffMax()).isEqualTo(Duration.ofMinutes(5));
        assertThat(admin.audit()).isEqualTo(new Audit("", 10 << 20, 10));
        assertThat(sets().monitoring()).isEqualTo(new Monitoring(false, "127.0.0.1", 8090, true, true));
        assertThat(faults("admin.host=localhost")).isEmpty();
        assertThat(faults("admin.host=::1")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1", "node1.example.com"})
    @Hostile("B85")
    void beyondLoopbackThereMustBeTlsAndSomebodyWhoMayComeIn(String host) {
        List<String> all = faults("admin.host=" + host);

        assertThat(all).hasSize(2);
        assertThat(all.get(0))
                .startsWith("admin.tls.certificate: \"\" (default) contradicts admin.host: ")
                .contains("; allowed: a certificate, or admin.host on loopback")
                .contains("monitoring.host");
        assertThat(all.get(1))
                .startsWith("admin.users-file: \"\" (default) contradicts admin.host: ")
                .contains("coppice passwd set FILE USER --role admin")
                .contains("admin.tokens-file");
    }

    @Test
    void eitherUsersOrTokensDoAndBothMay() {
        String host = "admin.host=0.0.0.0";
        String certificate = "admin.tls.certificate=c";

        assertThat(faults(host, "admin.users-file=u"))
                .singleElement()
                .asString()
                .startsWith("admin.tls.certificate");
        assertThat(faults(host, certificate)).singleElement().asString().startsWith("admin.users-file");
        assertThat(faults(host, certificate, "admin.users-file=u")).isEmpty();
        assertThat(faults(host, certificate, "admin.tokens-file=t")).isEmpty();
        assertThat(faults(host, certificate, "admin.tokens-file=t", "admin.users-file=u"))
                .isEmpty();
    }

    @Test
    void whatIsOpenToEverybodyIsNoWayAround() {
        assertThat(faults("admin.host=0.0.0.0", "admin.open=health,metrics")).hasSize(2);
    }

    @Test
    void aPortThatIsClosedAsksForNothing() {
        assertThat(faults("admin.host=0.0.0.0", "admin.enabled=false")).isEmpty();
    }

    @Test
    void monitoringAloneMayLeaveLoopbackPlainly() throws Exception {
        assertThat(sets("monitoring.enabled=true", "monitoring.host=0.0.0.0", "monitoring.metrics=false")
                        .monitoring())
                .isEqualTo(new Monitoring(true, "0.0.0.0", 8090, true, false));
        assertThat(faults("monitoring.enabled=true", "monitoring.port=8080"))
                .singleElement()
                .asString()
                .startsWith("monitoring.port: 8080 (--set) contradicts admin.port");
        assertThat(faults("monitoring.port=8080")).isEmpty();
    }

    @Test
    void tlsFollowsTheRulesOfListeners() {
        assertThat(faults("admin.tls.key=k"))
                .containsExactly("admin.tls.certificate: \"\" (default) contradicts admin.tls.key: k (--set); allowed: "
                        + "a certificate, or nothing else of TLS");
        assertThat(faults("admin.tls.certificate=c", "admin.tls.client-auth=required"))
                .singleElement()
                .asString()
                .startsWith("admin.tls.client-ca");
    }

    @Test
    void mayBeGivenEverythingInAFile(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("coppice.yaml"), """
                admin:
                  host: 0.0.0.0
                  names: [Admin.example.com, other.example.com]
                  tls:
                    certificate: /tls
                    client-ca: /ca.pem
                    client-auth: required
                  users-file: /users
                  tokens-file: /tokens
                  open: [health]
                  cors-origins: [https://console.example.com, http://localhost:3000]
                  back-off-max: 1h
                  audit-file: /audit
                  audit-file-bytes-max: 0
                  audit-files: 3
                """);

        CoppiceConfig.Admin admin = ConfigLoader.load(file, Map.of(), List.of()).admin();

        assertThat(admin.names()).containsExactly("Admin.example.com", "other.example.com");
        assertThat(admin.tls().clientAuth()).isEqualTo(ClientAuth.REQUIRED);
        assertThat(admin.open()).isEqualTo(Set.of(AdminOpen.HEALTH));
        assertThat(admin.corsOrigins()).containsExactly("https://console.example.com", "http://localhost:3000");
        assertThat(admin.audit()).isEqualTo(new Audit("/audit", 0, 3));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "admin.open=all",
                "admin.cors-origins=*",
                "admin.cors-origins=null",
                "admin.cors-origins=https://a/",
                "admin.cors-origins=https://a b",
                "admin.cors-origins=ftp://a",
                "admin.names=a b",
                "admin.names=::1",
                "admin.back-off-max=0",
                "admin.audit-files=0",
                "admin.audit-file=a\u0007",
                "admin.tls.protocols=TLSv1.1",
                "limits.admin-connections-max=3",
                "limits.admin-body-bytes-max=1023",
                "limits.admin-wrong-tries-max=0"
            })
    void whatIsWrongIsRefused(String set) {
        assertThat(faults(set)).singleElement().asString().contains("(--set) is not allowed; allowed: ");
    }

    /** It would be a secret in the environment of a node too, and a wrong reason not to start. */
    @Test
    void whatTheCommandLineReadsIsNoKey() throws Exception {
        assertThat(ConfigLoader.load(
                                null,
                                Map.of("COPPICE_ADMIN_TOKEN", "coppice_x", "COPPICE_ADMIN_URL", "https://node"),
                                List.of())
                        .settings())
                .noneMatch(setting -> setting.value().contains("coppice_x"));
    }
}
