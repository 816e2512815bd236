package io.coppice.transport;

import io.coppice.config.CoppiceConfig.Tls;
import io.coppice.config.CoppiceConfig.TlsProtocol;
import io.coppice.port.CertificateStatus;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the admin port speaks TLS with: the files of {@code admin.tls}, by the rules of those of a listener. The port is an HTTP
 * server of Vert.x, and TLS there is the JDK's.
 */
public final class AdminTls implements AutoCloseable, CertificateStatus {
    private static final String KEYS = "admin.tls";
    private static final String ALIAS = "admin";

    private final Tls config;
    private final ServerTls files;
    private volatile ServerSSLOptions options;
    private volatile Set<String> names;

    private AdminTls(Tls config, ServerTls files) throws TlsFault {
        this.config = config;
        this.files = files;
        this.options = made();
        this.names = Set.copyOf(files.first().dnsNames());
    }

    /** @throws TlsFault if a file is not as it must be */
    public static AdminTls load(Tls config) throws TlsFault {
        ServerTls.refuseRenegotiation();
        ServerTls files = ServerTls.load(KEYS, ALIAS, config);
        try {
            return new AdminTls(config, files);
        } catch (TlsFault unfit) {
            files.close();
            throw unfit;
        }
    }

    /** As it is now; another one after each change. */
    public ServerSSLOptions options() {
        return options;
    }

    /** The host names that the certificate is for, in lower case; a first label {@code *} stands for any one. */
    public Set<String> names() {
        return names;
    }

    /**
     * Reads the files anew if they have changed; one that is not as it must be changes nothing. Blocks; one thread at a time.
     *
     * @return whether there are other options now
     * @throws TlsFault if the JDK cannot use what was read
     */
    public boolean look() throws TlsFault {
        TlsContexts replaced = files.look(System.currentTimeMillis());
        if (replaced == null) {
            return false;
        }
        replaced.release();
        options = made();
        names = Set.copyOf(files.first().dnsNames());
        return true;
    }

    private ServerSSLOptions made() throws TlsFault {
        ServerKey key = files.first();
        Set<String> protocols = new LinkedHashSet<>();
        config.protocols().stream().map(TlsProtocol::text).forEach(protocols::add);
        ServerSSLOptions made = new ServerSSLOptions();
        made.setEnabledSecureTransportProtocols(protocols);
        TlsContexts.CIPHERS.forEach(made::addEnabledCipherSuite);
        try {
            made.setKeyCertOptions(KeyCertOptions.wrap(key.managers()));
            ClientTrust trust = files.trust();
            if (trust != null) {
                made.setTrustOptions(TrustOptions.wrap(trust.managers()));
            }
        } catch (GeneralSecurityException | IOException unfit) {
            throw new TlsFault(KEYS + ".certificate", key, "TLS cannot use it: " + unfit.getMessage());
        }
        return made.setClientAuth(
                switch (config.clientAuth()) {
                    case NONE -> ClientAuth.NONE;
                    case OPTIONAL -> ClientAuth.REQUEST;
                    case REQUIRED -> ClientAuth.REQUIRED;
                });
    }

    @Override
    public List<Entry> certificates() {
        return files.status();
    }

    @Override
    public void close() {
        files.close();
    }
}
