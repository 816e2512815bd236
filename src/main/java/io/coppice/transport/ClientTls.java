package io.coppice.transport;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

/** What a client needs for TLS, from files in the forms that listeners take, too. */
public final class ClientTls {
    private ClientTls() {}

    /**
     * Trusts those who signed with one of these certificates, and these themselves.
     *
     * @param option that names the file
     * @throws TlsFault if it holds none
     */
    public static TrustManagerFactory trust(String option, Path file) throws TlsFault {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int count = 0;
            for (X509Certificate certificate : TlsFile.read(option, file).certificates()) {
                store.setCertificateEntry("ca-" + count++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            return trust;
        } catch (TlsFault fault) {
            throw fault;
        } catch (GeneralSecurityException | IOException unfit) {
            throw new TlsFault(option, file, "TLS cannot use it: " + unfit.getMessage());
        }
    }

    /**
     * Shows a certificate.
     *
     * @throws TlsFault if the two do not read or do not belong together
     */
    public static KeyManagerFactory keys(String certOption, Path certificate, String keyOption, Path key)
            throws TlsFault {
        ServerKey pair = ServerKey.pair(TlsFile.read(certOption, certificate), TlsFile.read(keyOption, key), null);
        try {
            return pair.managers();
        } catch (GeneralSecurityException | IOException unfit) {
            throw new TlsFault(certOption, certificate, "TLS cannot use it: " + unfit.getMessage());
        }
    }
}
