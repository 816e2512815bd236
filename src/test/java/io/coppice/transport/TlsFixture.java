package io.coppice.transport;

import io.coppice.config.CoppiceConfig.ClientAuth;
import io.coppice.config.CoppiceConfig.Tls;
import io.coppice.config.CoppiceConfig.TlsProtocol;
import io.coppice.pki.Authority;
import io.coppice.pki.Issued;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files and the configuration of a TLS listener. */
final class TlsFixture {
    final Authority authority = Authority.root("Servers");
    final Path directory;
    String certificate;
    String key = "";
    String passwordFile = "";
    List<String> further = new ArrayList<>();
    String clientCa = "";
    ClientAuth clientAuth = ClientAuth.NONE;
    String crl = "";
    List<TlsProtocol> protocols = List.of(TlsProtocol.values());

    TlsFixture(Path directory) throws IOException {
        this.directory = directory;
        this.certificate = show(authority.server("localhost"));
    }

    /** Puts a certificate where the listener looks for its first one. */
    String show(Issued issued) throws IOException {
        return issued.into(directory.resolve("own")).toString();
    }

    TlsFixture asking(ClientAuth wanted, Authority clients) throws IOException {
        clientAuth = wanted;
        clientCa = Issued.put(directory.resolve("clients.pem"), clients.pem()).toString();
        return this;
    }

    Tls config() {
        return new Tls(certificate, key, passwordFile, further, clientCa, clientAuth, crl, protocols);
    }

    ServerTls load(SslProvider provider) throws TlsFault {
        return ServerTls.load("mqtts", config(), provider, System.currentTimeMillis());
    }

    /** What this machine can speak TLS with. */
    static Stream<SslProvider> providers() {
        return Stream.of(ServerTls.provider(), SslProvider.JDK).distinct();
    }
}
