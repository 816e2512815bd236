package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.access.Authenticator.Opinion;
import io.coppice.blackbox.Hostile;
import io.coppice.config.CoppiceConfig.CertificateUser;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.ClientCertificate;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.IdleLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateAuthenticatorTest {
    private static final Opinion NAMELESS = new Opinion(ReasonCode.NOT_AUTHORIZED, null);

    private static ClientCertificate certificate(@Nullable String name, List<String> dns, List<String> emails) {
        return new ClientCertificate("CN=x", name, dns, emails, List.of("urn:a"), "0f", "CN=ca");
    }

    private static Opinion judge(CertificateUser part, @Nullable ClientCertificate certificate) {
        Credentials credentials =
                new Credentials("lamp", "mallory", new byte[] {1}, "192.0.2.1:5", "mqtts", certificate);
        List<Opinion> opinions = new ArrayList<>();
        new CertificateAuthenticator(part).judge(credentials, new IdleLoop(0), opinions::add);
        assertThat(opinions).hasSize(1);
        return opinions.get(0);
    }

    @ParameterizedTest
    @CsvSource({"CN, lamp-7", "SAN_DNS, lamp.example", "SAN_EMAIL, lamp@example"})
    @Hostile("B67")
    void theUserIsWhoTheCertificateSaysAndNotWhoTheClientSays(CertificateUser part, String user) {
        ClientCertificate certificate = certificate(
                "lamp-7", List.of("lamp.example", "other.example"), List.of("lamp@example", "other@example"));

        assertThat(judge(part, certificate)).isEqualTo(Opinion.vouched(user));
    }

    @ParameterizedTest
    @ValueSource(strings = {"CN", "SAN_DNS", "SAN_EMAIL"})
    void aCertificateWithoutTheNameIsRefused(CertificateUser part) {
        assertThat(judge(part, certificate(null, List.of(), List.of()))).isEqualTo(NAMELESS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\u0000b", "a\nb", "a\u009Fb"})
    @Hostile("B67")
    void aNameThatNoClientCouldSayIsRefused(String name) {
        assertThat(judge(CertificateUser.CN, certificate(name, List.of(), List.of())))
                .isEqualTo(NAMELESS);
    }

    @Test
    void ofAClientWithoutCertificateNothingIsKnown() {
        assertThat(judge(CertificateUser.CN, null)).isEqualTo(Opinion.NONE);
    }
}
