package io.coppice.transport;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.config.CoppiceConfig.ClientAuth;
import io.coppice.config.CoppiceConfig.Tls;
import io.coppice.port.CertificateStatus;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a listener speaks TLS with, read from its files, and read anew when they change. Handshakes ask for it on any
 * loop; everything else reads files, and is nothing for a loop.
 */
public final class ServerTls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);
    private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";
    private static final long DAY_MILLIS = 86_400_000;
    private static final long WARN_BEFORE_MILLIS = 30 * DAY_MILLIS;

    /** The keys that name the files begin with it. */
    private final String listener;
    /** In metrics. */
    private final String shown;

    private final Tls config;
    private final SslProvider provider;
    private final List<Path> files;
    private volatile TlsContexts contexts;
    private volatile List<CertificateStatus.Entry> status = List.of();
    /** What the files looked like when they were last read, well or not. */
    private List<String> stamp;

    private List<ServerKey> keys = List.of();
    private @Nullable ClientTrust trust;
    private boolean closed;
    private long warnedAt = Long.MIN_VALUE;

    private ServerTls(String listener, String shown, Tls config, SslProvider provider, long nowMillis) throws TlsFault {
        this.listener = listener;
        this.shown = shown;
        this.config = config;
        this.provider = provider;
        this.files = files(config);
        this.stamp = stamp();
        this.contexts = read();
        warn(nowMillis);
    }

    /**
     * @param name of the listener in the configuration
     * @throws TlsFault if a file is not as it must be
     */
    public static ServerTls load(String name, Tls config) throws TlsFault {
        return load(name, config, provider(), System.currentTimeMillis());
    }

    static ServerTls load(String name, Tls config, SslProvider provider, long nowMillis) throws TlsFault {
        return new ServerTls("listeners." + name, name, config, provider, nowMillis);
    }

    /** The same for what is no listener of MQTT. */
    static ServerTls load(String keys, String shown, Tls config) throws TlsFault {
        return new ServerTls(keys, shown, config, provider(), System.currentTimeMillis());
    }

    /** OpenSSL where its library loads, and else what the JDK has. */
    static SslProvider provider() {
        if (OpenSsl.isAvailable()) {
            return SslProvider.OPENSSL_REFCNT;
        }
        refuseRenegotiation();
        return SslProvider.JDK;
    }

    /** As OpenSSL does: a client could have us compute without end. The JDK reads it once, with its first TLS. */
    static void refuseRenegotiation() {
        if (System.getProperty(NO_RENEGOTIATION) == null) {
            System.setProperty(NO_RENEGOTIATION, "true");
        }
    }

    /** Which implementation serves, in words for an operator. */
    static String engine() {
        if (OpenSsl.isAvailable()) {
            return OpenSsl.versionString();
        }
        Throwable cause = OpenSsl.unavailabilityCause();
        return "the JDK's own, since OpenSSL does not load" + (cause == null ? "" : " (" + cause.getMessage() + ")");
    }

    TlsContexts contexts() {
        return contexts;
    }

    /** The certificate that is shown to who asks for no other name. */
    synchronized ServerKey first() {
        return keys.get(0);
    }

    /** Whose certificates are asked for; null where none are. */
    synchronized @Nullable ClientTrust trust() {
        return trust;
    }

    /** When the certificates that are shown now end. */
    List<CertificateStatus.Entry> status() {
        return status;
    }

    /**
     * Reads the files anew if they have changed. If one is not as it must be, everything stays as it was, and the log says why.
     *
     * @return what was replaced, to be released when no loop can be about to use it; null where nothing was
     */
    synchronized @Nullable TlsContexts look(long nowMillis) {
        TlsContexts replaced = null;
        if (closed) {
            return null;
        }
        List<String> now = stamp();
        if (!now.equals(stamp)) {
            stamp = now;
            try {
                TlsContexts renewed = read();
                replaced = contexts;
                contexts = renewed;
                warnedAt = Long.MIN_VALUE;
                LOG.info(
                        getMarker("certificate-reloaded"),
                        "{}: new handshakes use the files that have changed",
                        listener);
            } catch (TlsFault fault) {
                LOG.error(
                        getMarker("certificate-reload-failed"),
                        "{}: files have changed and are not used; what was read before stays",
                        fault.getMessage());
            }
        }
        warn(nowMillis);
        return replaced;
    }

    /** Lets go of what handshakes need. Idempotent. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            contexts.release();
        }
    }

    private TlsContexts read() throws TlsFault {
        char[] password = password();
        List<ServerKey> read = new ArrayList<>();
        String certificate = listener + ".certificate";
        if (config.key().isEmpty()) {
            read.add(ServerKey.together(certificate, config.certificate(), password));
        } else {
            read.add(ServerKey.pair(
                    TlsFile.read(certificate, Path.of(config.certificate())),
                    TlsFile.read(listener + ".key", Path.of(config.key())),
                    password));
        }
        for (String further : config.furtherCertificates()) {
            read.add(ServerKey.together(listener + ".further-certificates", further, password));
        }
        ClientTrust clients = config.clientAuth() == ClientAuth.NONE
                ? null
                : ClientTrust.read(listener, config.clientCa(), config.crl());
        TlsContexts made = TlsContexts.of(listener, config, provider, read, clients);
        keys = read;
        trust = clients;
        status = read.stream()
                .map(key -> new CertificateStatus.Entry(shown, key.source(), key.expiresAt() / 1_000))
                .toList();
        return made;
    }

    private char @Nullable [] password() throws TlsFault {
        if (config.keyPasswordFile().isEmpty()) {
            return null;
        }
        TlsFile file = TlsFile.read(listener + ".key-password-file", Path.of(config.keyPasswordFile()));
        return new String(file.bytes(), StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .orElseThrow(() -> file.fault("it is empty"))
                .toCharArray();
    }

    // --- time

    /** Says once a day what is about to end, or has. */
    private void warn(long nowMillis) {
        if (warnedAt != Long.MIN_VALUE && nowMillis - warnedAt < DAY_MILLIS) {
            return;
        }
        warnedAt = nowMillis;
        for (ServerKey key : keys) {
            long left = key.expiresAt() - nowMillis;
            long begins = key.chain().get(0).getNotBefore().getTime();
            if (left <= 0) {
                LOG.warn(
                        getMarker("certificate-expired"),
                        "{}.certificate: {}: it expired at {}",
                        listener,
                        key,
                        Instant.ofEpochMilli(key.expiresAt()));
            } else if (left < WARN_BEFORE_MILLIS) {
                LOG.warn(
                        getMarker("certificate-expiring"),
                        "{}.certificate: {}: it expires at {}",
                        listener,
                        key,
                        Instant.ofEpochMilli(key.expiresAt()));
            } else if (begins > nowMillis) {
                LOG.warn(
                        getMarker("certificate-not-yet-valid"),
                        "{}.certificate: {}: it is not valid before {}",
                        listener,
                        key,
                        Instant.ofEpochMilli(begins));
            }
        }
        ClientTrust clients = trust;
        for (X509CRL list : clients == null ? List.<X509CRL>of() : clients.revoked()) {
            if (list.getNextUpdate() != null && list.getNextUpdate().getTime() < nowMillis) {
                LOG.warn(
                        getMarker("revocation-list-outdated"),
                        "{}.crl: {}: the list of {} is out of date since {}, and nobody is let in with its certificates",
                        listener,
                        config.crl(),
                        list.getIssuerX500Principal(),
                        list.getNextUpdate().toInstant());
            }
        }
    }

    // --- change

    private static List<Path> files(Tls config) {
        List<Path> files = new ArrayList<>();
        Stream.concat(Stream.of(config.certificate()), config.furtherCertificates().stream())
                .map(Path::of)
                .forEach(path -> {
                    files.add(path);
                    ServerKey.PAIRS.forEach(pair -> pair.forEach(name -> files.add(path.resolve(name))));
                });
        Stream.of(config.key(), config.keyPasswordFile(), config.clientCa(), config.crl())
                .filter(path -> !path.isEmpty())
                .map(Path::of)
                .forEach(files::add);
        return files;
    }

    private List<String> stamp() {
        return files.stream().map(ServerTls::stamp).toList();
    }

    /** Differs when a file was written, replaced, or a link on the way to it now leads elsewhere. */
    private static String stamp(Path file) {
        try {
            BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
            return is.isDirectory() ? "directory" : is.lastModifiedTime() + " " + is.size() + " " + is.fileKey();
        } catch (IOException none) {
            return "none";
        }
    }
}
