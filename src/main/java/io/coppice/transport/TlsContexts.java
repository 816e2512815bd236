package io.coppice.transport;

import io.coppice.config.CoppiceConfig.ClientAuth;
import io.coppice.config.CoppiceConfig.Tls;
import io.coppice.config.CoppiceConfig.TlsProtocol;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.ReferenceCountUtil;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** One reading of a listener's files, ready for handshakes: a context for each certificate. */
final class TlsContexts {
    /** With forward secrecy and authenticated encryption, and nothing else. */
    static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    /** A session taken up again is not checked anew, so it must not live much longer than a look at it would be good for. */
    private static final long SESSION_SECONDS = 3_600;

    private static final String ANY_LABEL = "*.";

    private final SslContext first;
    private final List<SslContext> all;
    private final Map<String, SslContext> byName;

    private TlsContexts(List<SslContext> all, Map<String, SslContext> byName) {
        this.first = all.get(0);
        this.all = all;
        this.byName = byName;
    }

    /**
     * @param keys the first one is for clients that ask for no name, or one that none is for
     * @param trust null where no client is asked for a certificate
     */
    static TlsContexts of(
            String listener, Tls config, SslProvider provider, List<ServerKey> keys, @Nullable ClientTrust trust)
            throws TlsFault {
        List<SslContext> contexts = new ArrayList<>();
        Map<String, SslContext> byName = new HashMap<>();
        try {
            for (ServerKey key : keys) {
                SslContext context = context(listener, config, provider, key, trust);
                contexts.add(context);
                key.dnsNames().forEach(name -> byName.putIfAbsent(name, context));
            }
        } catch (TlsFault fault) {
            contexts.forEach(ReferenceCountUtil::release);
            throw fault;
        }
        return new TlsContexts(contexts, byName);
    }

    private static SslContext context(
            String listener, Tls config, SslProvider provider, ServerKey key, @Nullable ClientTrust trust)
            throws TlsFault {
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(key.key(), key.chain())
                    .sslProvider(provider)
                    .protocols(
                            config.protocols().stream().map(TlsProtocol::text).toList())
                    .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                    .sessionTimeout(SESSION_SECONDS)
                    .clientAuth(clientAuth(config.clientAuth()));
            if (trust != null) {
                builder.trustManager(trust.managers());
            }
            return builder.build();
        } catch (SSLException | GeneralSecurityException | IllegalArgumentException unfit) {
            throw new TlsFault(listener + ".certificate", key.source(), "TLS cannot use it: " + unfit.getMessage());
        }
    }

    private static io.netty.handler.ssl.ClientAuth clientAuth(ClientAuth wanted) {
        return switch (wanted) {
            case NONE -> io.netty.handler.ssl.ClientAuth.NONE;
            case OPTIONAL -> io.netty.handler.ssl.ClientAuth.OPTIONAL;
            case REQUIRED -> io.netty.handler.ssl.ClientAuth.REQUIRE;
        };
    }

    /** Whether it matters which name a client asks for. */
    boolean byName() {
        return all.size() > 1;
    }

    /** @param asked null where the client asks for none */
    SslContext forName(@Nullable String asked) {
        if (asked == null) {
            return first;
        }
        String name = asked.toLowerCase(Locale.ROOT);
        SslContext exact = byName.get(name);
        if (exact != null) {
            return exact;
        }
        int dot = name.indexOf('.');
        return dot <= 0 ? first : byName.getOrDefault(ANY_LABEL + name.substring(dot + 1), first);
    }

    /** After this no handshake begins; those that have begun hold what they need. */
    void release() {
        all.forEach(ReferenceCountUtil::release);
    }
}
