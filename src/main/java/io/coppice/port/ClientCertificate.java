package io.coppice.port;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client's certificate says of it, once its chain was checked.
 *
 * @param subject the distinguished name as RFC 2253 writes it
 * @param commonName the most specific CN of the subject; null where there is none
 * @param dnsNames of the subject alternative name, in its order, like the next two
 * @param serial in hexadecimal digits
 * @param issuer the distinguished name of who signed it
 */
public record ClientCertificate(
        String subject,
        @Nullable String commonName,
        List<String> dnsNames,
        List<String> emails,
        List<String> uris,
        String serial,
        String issuer) {
    public ClientCertificate {
        dnsNames = List.copyOf(dnsNames);
        emails = List.copyOf(emails);
        uris = List.copyOf(uris);
    }
}
