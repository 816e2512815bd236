package io.coppice.transport;

import io.coppice.port.ClientCertificate;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** What a certificate says of who holds its key. */
final class Certificates {
    private static final int EMAIL = 1;
    static final int DNS_NAME = 2;
    private static final int URI = 6;
    private static final int HEX = 16;

    private Certificates() {}

    /** What the peer of a session has proved; null where it showed nothing. */
    static @Nullable ClientCertificate ofPeer(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate certificate ? of(certificate) : null;
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
    }

    static ClientCertificate of(X509Certificate certificate) {
        String subject = certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
        return new ClientCertificate(
                subject,
                commonName(subject),
                names(certificate, DNS_NAME),
                names(certificate, EMAIL),
                names(certificate, URI),
                certificate.getSerialNumber().toString(HEX),
                certificate.getIssuerX500Principal().getName(X500Principal.RFC2253));
    }

    private static @Nullable String commonName(String subject) {
        try {
            List<Rdn> parts = new LdapName(subject).getRdns();
            // The last is the most specific.
            for (int i = parts.size() - 1; i >= 0; i--) {
                Attribute name = parts.get(i).toAttributes().get("CN");
                if (name != null && name.get() instanceof String text) {
                    return text;
                }
            }
        } catch (NamingException unreadable) {
            return null;
        }
        return null;
    }

    /** The subject alternative names of a kind (RFC 5280, 4.2.1.6), in their order. */
    static List<String> names(X509Certificate certificate, int kind) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
                if (alternative.get(0).equals(kind) && alternative.get(1) instanceof String name) {
                    names.add(name);
                }
            }
        } catch (CertificateParsingException unreadable) {
            return List.of();
        }
        return names;
    }
}
