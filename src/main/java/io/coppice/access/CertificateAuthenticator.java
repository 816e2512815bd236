package io.coppice.access;

import io.coppice.config.CoppiceConfig.CertificateUser;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.ClientCertificate;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Loop;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the user name from the certificate that a client has proved to have the key of; what it says in CONNECT counts for
 * nothing then. Of who shows none it knows nothing.
 */
final class CertificateAuthenticator implements Authenticator {
    private static final Opinion NAMELESS = new Opinion(ReasonCode.NOT_AUTHORIZED, null);

    private final CertificateUser part;

    /** @param part of the certificate that is the name, not NONE */
    CertificateAuthenticator(CertificateUser part) {
        this.part = part;
    }

    @Override
    public void judge(Credentials credentials, Loop loop, Consumer<Opinion> then) {
        ClientCertificate certificate = credentials.certificate();
        if (certificate == null) {
            then.accept(Opinion.NONE);
            return;
        }
        String name = name(certificate);
        then.accept(name == null || !Names.isUsable(name) ? NAMELESS : Opinion.vouched(name));
    }

    private @Nullable String name(ClientCertificate certificate) {
        return switch (part) {
            case NONE -> null;
            case CN -> certificate.commonName();
            case SAN_DNS -> first(certificate.dnsNames());
            case SAN_EMAIL -> first(certificate.emails());
        };
    }

    private static @Nullable String first(List<String> names) {
        return names.isEmpty() ? null : names.get(0);
    }
}
