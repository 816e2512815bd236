package io.coppice.transport;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A certificate that the broker shows, with what proves that it is its own.
 *
 * @param source the path as configured
 * @param chain the broker's own certificate first, and then those up to the authority
 */
record ServerKey(String source, List<X509Certificate> chain, PrivateKey key) {
    /** Pairs of names that a directory may have: those of Kubernetes, and those of certbot. */
    static final List<List<String>> PAIRS =
            List.of(List.of("tls.crt", "tls.key"), List.of("fullchain.pem", "privkey.pem"));

    private static final byte[] PROBE = "whose key is it".getBytes(StandardCharsets.US_ASCII);

    ServerKey {
        chain = List.copyOf(chain);
    }

    /** The certificate and key that lie in two files in PEM. */
    static ServerKey pair(TlsFile certificate, TlsFile key, char @Nullable [] password) throws TlsFault {
        return checked(certificate, key, certificate.certificates(), PrivateKeys.read(key, password));
    }

    /** The certificate and key that lie together, in a file in PEM or PKCS#12, or in a directory. */
    static ServerKey together(String configured, String path, char @Nullable [] password) throws TlsFault {
        Path place = Path.of(path);
        if (!Files.isDirectory(place)) {
            TlsFile file = TlsFile.read(configured, place);
            return file.isPem() ? pair(file, file, password) : keyStore(file, password);
        }
        for (List<String> names : PAIRS) {
            Path certificate = place.resolve(names.get(0));
            if (Files.exists(certificate)) {
                ServerKey read = pair(
                        TlsFile.read(configured, certificate),
                        TlsFile.read(configured, place.resolve(names.get(1))),
                        password);
                return new ServerKey(path, read.chain, read.key);
            }
        }
        throw new TlsFault(
                configured, path, "the directory has neither tls.crt and tls.key nor fullchain.pem and privkey.pem");
    }

    private static ServerKey keyStore(TlsFile file, char @Nullable [] password) throws TlsFault {
        char[] opening = password == null ? new char[0] : password;
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(file.bytes()), opening);
            List<String> keys = new ArrayList<>();
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    keys.add(alias);
                }
            }
            if (keys.size() != 1) {
                throw file.fault("it holds " + keys.size() + " private keys; allowed: one");
            }
            List<X509Certificate> chain = new ArrayList<>();
            Certificate[] certificates = store.getCertificateChain(keys.get(0));
            if (certificates == null) {
                throw file.fault("it holds no certificate for its key");
            }
            for (Certificate certificate : certificates) {
                chain.add((X509Certificate) certificate);
            }
            PrivateKey key = (PrivateKey) Objects.requireNonNull(store.getKey(keys.get(0), opening));
            return checked(file, file, chain, key);
        } catch (IOException unreadable) {
            if (unreadable instanceof TlsFault fault) {
                throw fault;
            }
            boolean locked = unreadable.getCause() instanceof UnrecoverableKeyException;
            throw file.fault(
                    !locked
                            ? "it is neither PEM nor PKCS#12"
                            : password == null
                                    ? "it needs a password, and there is no key-password-file"
                                    : "the password does not open it");
        } catch (GeneralSecurityException unreadable) {
            throw file.fault("it does not read as PKCS#12");
        }
    }

    private static ServerKey checked(TlsFile source, TlsFile keyFile, List<X509Certificate> chain, PrivateKey key)
            throws TlsFault {
        if (!belong(chain.get(0), key)) {
            throw keyFile.fault("the key is not that of the first certificate in " + source.path());
        }
        return new ServerKey(source.path().toString(), chain, key);
    }

    private static boolean belong(X509Certificate certificate, PrivateKey key) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (GeneralSecurityException different) {
            return false;
        }
    }

    /** The names that the certificate is for, in lower case; a first label {@code *} stands for any one. */
    List<String> dnsNames() {
        return Certificates.names(chain.get(0), Certificates.DNS_NAME).stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .toList();
    }

    /** When the first certificate of the chain ends; milliseconds since 1970. */
    long expiresAt() {
        return chain.stream()
                .mapToLong(certificate -> certificate.getNotAfter().getTime())
                .min()
                .orElseThrow();
    }

    /** The pair as TLS of the JDK takes it. */
    KeyManagerFactory managers() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        char[] password = UUID.randomUUID().toString().toCharArray(); // of a store that is never written anywhere
        store.setKeyEntry("key", key, password, chain.toArray(new X509Certificate[0]));
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, password);
        return managers;
    }

    /** Says nothing of the key. */
    @Override
    public String toString() {
        return source;
    }
}
