package io.coppice.pki;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** How a test connects: the JDK's own TLS, which shares no code with the broker's. */
public final class TlsClient {
    private static final int PATIENCE_MILLIS = 20_000;

    private final Authority authority;
    private final Issued own;
    private final SSLContext context;
    private final List<String> protocols;
    private final List<String> names;

    private TlsClient(Authority authority, Issued own, SSLContext context, List<String> protocols, List<String> names) {
        this.authority = authority;
        this.own = own;
        this.context = context;
        this.protocols = protocols;
        this.names = names;
    }

    public static TlsClient trusting(Authority authority) {
        return of(authority, null);
    }

    /** @param own shown to the server; all of the chain as it is, whatever the server asks for */
    public static TlsClient of(Authority authority, Issued own) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            KeyManager[] managers = own == null ? null : new KeyManager[] {new OneKey(own)};
            context.init(managers, trust(authority).getTrustManagers(), null);
            return new TlsClient(authority, own, context, List.of("TLSv1.3", "TLSv1.2"), List.of());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public static TrustManagerFactory trust(Authority authority) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("root", authority.certificate());
            TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
            managers.init(store);
            return managers;
        } catch (GeneralSecurityException | IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public TlsClient speaking(String protocol) {
        return new TlsClient(authority, own, context, List.of(protocol), names);
    }

    /** Without sessions from before: the JDK asks once more for the name of a session that it takes up again. */
    public TlsClient asking(String name) {
        return new TlsClient(authority, own, of(authority, own).context, protocols, List.of(name));
    }

    public SSLContext context() {
        return context;
    }

    /** A connection whose handshake is over, as far as the client can tell. */
    public SSLSocket connect(int port) throws IOException {
        return over(new Socket(), port);
    }

    /** The same over a socket that is not yet connected. */
    public SSLSocket over(Socket socket, int port) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, "127.0.0.1", port, true);
        try {
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setProtocols(protocols.toArray(String[]::new));
            parameters.setServerNames(
                    names.stream().<SNIServerName>map(SNIHostName::new).toList());
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            return tls;
        } catch (IOException refused) {
            tls.close();
            throw refused;
        }
    }

    /** The certificate that a server shows to a new connection. */
    public X509Certificate shown(int port) throws IOException {
        try (SSLSocket socket = connect(port)) {
            return shown(socket);
        }
    }

    public static X509Certificate shown(SSLSocket socket) throws SSLPeerUnverifiedException {
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
}
