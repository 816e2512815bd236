package io.coppice.config;

import io.coppice.config.CoppiceConfig.ClientAuth;
import io.coppice.config.CoppiceConfig.Listener;
import io.coppice.config.CoppiceConfig.Listeners;
import io.coppice.config.CoppiceConfig.Tls;
import io.coppice.config.CoppiceConfig.TlsProtocol;
import io.coppice.config.CoppiceConfig.WebSocketListener;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The part of the {@link Schema} that says where clients connect. */
final class ListenerSchema {
    private static final Pattern FILE = Pattern.compile("[^\\p{Cntrl},]{1,4096}");
    static final ValueType<List<TlsProtocol>> TLS_PROTOCOLS = ValueType.listOfSome(
            "TLSv1.2, TLSv1.3 or both, with a comma between or as a list",
            text -> Arrays.stream(TlsProtocol.values())
                    .filter(version -> version.text().equals(text))
                    .findFirst());

    private static final ValueType<List<AddressRange>> NETWORKS = ValueType.list(
            "networks or addresses such as 10.0.0.0/8 and 2001:db8::/32, with commas between or as a list",
            text -> Optional.ofNullable(AddressRange.of(text)));

    private static final ValueType<List<String>> ORIGINS = ValueType.list(
            "same-host, any, or origins such as https://app.example.com, with commas between or as a list",
            Origins::readOne);

    private final Schema schema;

    ListenerSchema(Schema schema) {
        this.schema = schema;
    }

    Listeners listeners() {
        return new Listeners(mqtt(), mqtts(), ws(), wss());
    }

    private Listener mqtt() {
        return new Listener(
                schema.bool("listeners.mqtt.enabled", "true", "Whether MQTT over TCP is served."),
                host("listeners.mqtt"),
                port("listeners.mqtt", "1883"),
                proxyProtocol("listeners.mqtt"),
                proxyNetworks("listeners.mqtt"),
                Tls.NONE);
    }

    private Listener mqtts() {
        String host = host("listeners.mqtts");
        int port = port("listeners.mqtts", "8883");
        boolean proxyProtocol = proxyProtocol("listeners.mqtts");
        List<AddressRange> proxyNetworks = proxyNetworks("listeners.mqtts");
        Tls tls = tls("listeners.mqtts");
        return new Listener(tls.enabled(), host, port, proxyProtocol, proxyNetworks, tls);
    }

    private WebSocketListener ws() {
        return new WebSocketListener(
                schema.bool("listeners.ws.enabled", "true", "Whether MQTT over WebSocket is served."),
                host("listeners.ws"),
                port("listeners.ws", "8083"),
                path("listeners.ws"),
                proxyProtocol("listeners.ws"),
                proxyNetworks("listeners.ws"),
                origins("listeners.ws"),
                Tls.NONE);
    }

    private WebSocketListener wss() {
        String host = host("listeners.wss");
        int port = port("listeners.wss", "8084");
        String path = path("listeners.wss");
        boolean proxyProtocol = proxyProtocol("listeners.wss");
        List<AddressRange> proxyNetworks = proxyNetworks("listeners.wss");
        Origins origins = origins("listeners.wss");
        Tls tls = tls("listeners.wss");
        return new WebSocketListener(tls.enabled(), host, port, path, proxyProtocol, proxyNetworks, origins, tls);
    }

    private String host(String listener) {
        return schema.host(listener + ".host", "Address that it listens on; 0.0.0.0 for all of IPv4, :: for all.");
    }

    private int port(String listener, String byDefault) {
        return schema.port(listener + ".port", byDefault, "Port that it listens on; 0 for any free one.");
    }

    private boolean proxyProtocol(String listener) {
        return schema.bool(listener + ".proxy-protocol", "false", "Whether connections begin with a PROXY header.");
    }

    private List<AddressRange> proxyNetworks(String listener) {
        return schema.value(
                listener + ".proxy-networks",
                NETWORKS,
                "",
                "Where the proxies are whose PROXY headers are believed: connections from elsewhere are closed before anything of them is read. "
                        + "Empty: whoever connects may say who it is.");
    }

    private String path(String listener) {
        return schema.value(
                listener + ".path",
                ValueType.text("a path that begins with a slash, without spaces, ? and #", "/[^\\s?#]*"),
                "/mqtt",
                "Path of the WebSocket.");
    }

    private Origins origins(String listener) {
        return Origins.of(schema.value(
                listener + ".origins",
                ORIGINS,
                "same-host",
                "Sites whose pages may connect in a browser: same-host for those on the host that they connect to, whatever the port; any for all. "
                        + "Empty: no page may. Programs that name no site are not asked."));
    }

    private Tls tls(String listener) {
        return new Tls(
                schema.path(
                        listener + ".certificate",
                        "Certificate in PEM, the broker's own first and then those up to the authority; or with its key in one file (PEM or "
                                + "PKCS#12) or directory (tls.crt and tls.key, or fullchain.pem and privkey.pem). Empty: the listener is closed."),
                schema.path(
                        listener + ".key",
                        "Key of the certificate in PEM; empty where it is in the same file or directory."),
                schema.path(
                        listener + ".key-password-file",
                        "File whose first line is the password of the keys that have one, and of PKCS#12 files."),
                schema.value(
                        listener + ".further-certificates",
                        ValueType.list(
                                "files or directories, each a certificate with its key, with commas between or as a list",
                                text -> FILE.matcher(text).matches() ? Optional.of(text) : Optional.empty()),
                        "",
                        "Certificates for the other names that clients ask for (SNI); a client that asks for none of them is shown the first."),
                schema.path(listener + ".client-ca", "Authorities in PEM that sign the certificates of clients."),
                schema.value(
                        listener + ".client-auth",
                        ValueType.choice(ClientAuth.class),
                        "none",
                        "Whether a client is asked for a certificate; a wrong one is refused in either case."),
                schema.path(
                        listener + ".crl",
                        "Revoked certificates of clients, in PEM or DER: a list for each authority. Nobody is let in with a list that is out of date."),
                schema.value(
                        listener + ".protocols",
                        TLS_PROTOCOLS,
                        "TLSv1.2,TLSv1.3",
                        "Versions of TLS that a client may speak."));
    }
}
