package io.coppice.transport;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManagerFactory;

/**
 * Whose certificates clients may show, and which of these are revoked.
 *
 * @param revoked empty where revocation is not looked at
 */
record ClientTrust(List<X509Certificate> authorities, List<X509CRL> revoked) {
    /** The lists of large authorities have some megabytes. */
    private static final int CRL_SIZE_MAX = 64 << 20;

    ClientTrust {
        authorities = List.copyOf(authorities);
        revoked = List.copyOf(revoked);
    }

    /** @param crl empty for none */
    static ClientTrust read(String listener, String clientCa, String crl) throws TlsFault {
        List<X509Certificate> authorities =
                TlsFile.read(listener + ".client-ca", Path.of(clientCa)).certificates();
        return new ClientTrust(
                authorities,
                crl.isEmpty() ? List.of() : lists(TlsFile.read(listener + ".crl", Path.of(crl), CRL_SIZE_MAX)));
    }

    private static List<X509CRL> lists(TlsFile file) throws TlsFault {
        try {
            List<X509CRL> lists = new ArrayList<>();
            for (CRL list :
                    CertificateFactory.getInstance("X.509").generateCRLs(new ByteArrayInputStream(file.bytes()))) {
                lists.add((X509CRL) list);
            }
            if (lists.isEmpty()) {
                throw file.fault("it holds no list of revoked certificates");
            }
            return lists;
        } catch (GeneralSecurityException | ClassCastException broken) {
            throw file.fault("it is no list of revoked certificates in PEM or DER");
        }
    }

    /**
     * Judges chains by these authorities alone. Where there are lists, each certificate of a chain must stand under one
     * that is in force and not be on it: what cannot be found out counts as revoked, and nothing is asked of the network.
     */
    TrustManagerFactory managers() throws GeneralSecurityException {
        Set<TrustAnchor> anchors = authorities.stream()
                .map(authority -> new TrustAnchor(authority, null))
                .collect(Collectors.toSet());
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
        parameters.setRevocationEnabled(!revoked.isEmpty());
        if (!revoked.isEmpty()) {
            parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(revoked)));
            PKIXRevocationChecker checker =
                    (PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker();
            checker.setOptions(EnumSet.of(Option.PREFER_CRLS, Option.NO_FALLBACK));
            parameters.addCertPathChecker(checker);
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
        managers.init(new CertPathTrustManagerParameters(parameters));
        return managers;
    }
}
