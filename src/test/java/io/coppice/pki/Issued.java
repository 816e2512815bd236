package io.coppice.pki;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

/**
 * A certificate with its key.
 *
 * @param chain the certificate itself, and those between it and the root
 */
public record Issued(List<X509Certificate> chain, PrivateKey key) {
    public X509Certificate certificate() {
        return chain.get(0);
    }

    public String certificatePem() {
        return chain.stream().map(Issued::pem).collect(Collectors.joining());
    }

    public String keyPem() {
        return pem("PRIVATE KEY", key.getEncoded());
    }

    public static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public static String pem(X509CRL list) {
        try {
            return pem("X509 CRL", list.getEncoded());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    /** Writes {@code tls.crt} and {@code tls.key} into a directory, as Kubernetes does. */
    public Path into(Path directory) throws IOException {
        Files.createDirectories(directory);
        put(directory.resolve("tls.crt"), certificatePem());
        put(directory.resolve("tls.key"), keyPem());
        return directory;
    }

    /** Replaces a file in one step. */
    public static Path put(Path file, String text) throws IOException {
        return put(file, text.getBytes(StandardCharsets.US_ASCII));
    }

    public static Path put(Path file, byte[] bytes) throws IOException {
        Path fresh = Files.write(file.resolveSibling(file.getFileName() + ".new"), bytes);
        return Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
    }

    public byte[] pkcs12(String password) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            keyStore(password).store(out, password.toCharArray());
            return out.toByteArray();
        } catch (IOException | GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private KeyStore keyStore(String password) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("own", key, password.toCharArray(), chain.toArray(X509Certificate[]::new));
        return store;
    }

    /** What shows it to a peer. */
    public KeyManager[] managers() {
        try {
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keyStore("x"), "x".toCharArray());
            return managers.getKeyManagers();
        } catch (IOException | GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
