package io.coppice.transport;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is read of one file.
 *
 * @param key of the configuration that names the file
 */
record TlsFile(String key, Path path, byte[] bytes) {
    /** Far more than keys and chains take, and little enough to be read by mistake. */
    private static final int SIZE_MAX = 1 << 20;

    private static final Pattern PEM = Pattern.compile(
            "-----BEGIN ([A-Z0-9 ]{1,64})-----\\s*([A-Za-z0-9+/=\\s]*?)-----END \\1-----", Pattern.DOTALL);

    /** One block of PEM: what it says it is, and the DER inside. */
    record Block(String label, byte[] der) {}

    static TlsFile read(String key, Path path) throws TlsFault {
        return read(key, path, SIZE_MAX);
    }

    static TlsFile read(String key, Path path, int sizeMax) throws TlsFault {
        try {
            if (Files.isDirectory(path)) {
                throw new TlsFault(key, path, "it is a directory, and not a file");
            }
            try (InputStream in = Files.newInputStream(path)) {
                byte[] bytes = in.readNBytes(sizeMax + 1);
                if (bytes.length > sizeMax) {
                    throw new TlsFault(key, path, "it is larger than " + sizeMax + " bytes");
                }
                return new TlsFile(key, path, bytes);
            }
        } catch (NoSuchFileException missing) {
            throw new TlsFault(key, path, "there is no such file");
        } catch (TlsFault fault) {
            throw fault;
        } catch (IOException unreadable) {
            throw new TlsFault(
                    key, path, "it cannot be read: " + unreadable.getClass().getSimpleName());
        }
    }

    TlsFault fault(String reason) {
        return new TlsFault(key, path, reason);
    }

    boolean isPem() {
        return text().contains("-----BEGIN ");
    }

    String text() {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The blocks in their order; text between them is a comment. */
    List<Block> blocks() throws TlsFault {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = PEM.matcher(text());
        while (matcher.find()) {
            try {
                blocks.add(new Block(matcher.group(1), Base64.getMimeDecoder().decode(matcher.group(2))));
            } catch (IllegalArgumentException broken) {
                throw fault("a block " + matcher.group(1) + " is not Base64");
            }
        }
        return blocks;
    }

    /** The certificates of a PEM file, or the one of a DER file; at least one. */
    List<X509Certificate> certificates() throws TlsFault {
        List<X509Certificate> certificates = new ArrayList<>();
        if (!isPem()) {
            certificates.add(certificate(bytes));
        } else {
            for (Block block : blocks()) {
                if (block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE")) {
                    certificates.add(certificate(block.der()));
                }
            }
        }
        if (certificates.isEmpty()) {
            throw fault("it holds no certificate");
        }
        return certificates;
    }

    private X509Certificate certificate(byte[] der) throws TlsFault {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException broken) {
            throw fault("a certificate in it does not read");
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
