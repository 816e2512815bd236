package io.coppice.pki;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Who signs certificates in a test; all of them are made when they are needed, so that none ever expires. */
public final class Authority {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final X500Principal name;
    private final KeyPair keys;
    private final X509Certificate certificate;
    /** From this one up to the one below the root; empty for the root. */
    private final List<X509Certificate> above;

    private Authority(X500Principal name, KeyPair keys, X509Certificate certificate, List<X509Certificate> above) {
        this.name = name;
        this.keys = keys;
        this.certificate = certificate;
        this.above = above;
    }

    public static Authority root(String commonName) {
        X500Principal name = new X500Principal("CN=" + commonName);
        KeyPair keys = ecKeys();
        return new Authority(name, keys, authority(name, keys, name, keys), List.of());
    }

    public Authority intermediate(String commonName) {
        X500Principal below = new X500Principal("CN=" + commonName);
        KeyPair fresh = ecKeys();
        X509Certificate signed = authority(below, fresh, name, keys);
        List<X509Certificate> path = new ArrayList<>(List.of(signed));
        path.addAll(above);
        return new Authority(below, fresh, signed, path);
    }

    private static X509Certificate authority(X500Principal subject, KeyPair of, X500Principal issuer, KeyPair by) {
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder =
                builder(subject, of, issuer, now.minus(1, ChronoUnit.DAYS), now.plus(3650, ChronoUnit.DAYS));
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        } catch (CertIOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return signed(builder, by);
    }

    public X509Certificate certificate() {
        return certificate;
    }

    public String pem() {
        return Issued.pem(certificate);
    }

    /** A certificate for a server of these names. */
    public Issued server(String... dnsNames) {
        return new Order("CN=" + dnsNames[0]).dns(dnsNames).loopback().issue();
    }

    /** A certificate for a client. */
    public Issued client(String commonName) {
        return new Order("CN=" + commonName).issue();
    }

    public Order order(String subject) {
        return new Order(subject);
    }

    /** What a certificate is to say. */
    public final class Order {
        private final String subject;
        private final List<GeneralName> names = new ArrayList<>();
        private Instant from = Instant.now().minus(1, ChronoUnit.DAYS);
        private Instant until = Instant.now().plus(365, ChronoUnit.DAYS);
        private KeyPair keys;

        private Order(String subject) {
            this.subject = subject;
        }

        public Order dns(String... dnsNames) {
            for (String dnsName : dnsNames) {
                names.add(new GeneralName(GeneralName.dNSName, dnsName));
            }
            return this;
        }

        /** For clients that check what they connect to by its address. */
        public Order loopback() {
            names.add(new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
            return this;
        }

        public Order email(String email) {
            names.add(new GeneralName(GeneralName.rfc822Name, email));
            return this;
        }

        public Order uri(String uri) {
            names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
            return this;
        }

        public Order valid(Instant begin, Instant end) {
            from = begin;
            until = end;
            return this;
        }

        public Order keys(KeyPair pair) {
            keys = pair;
            return this;
        }

        public Issued issue() {
            KeyPair own = keys == null ? ecKeys() : keys;
            JcaX509v3CertificateBuilder builder = builder(new X500Principal(subject), own, name, from, until);
            try {
                builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                    KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                }));
                if (!names.isEmpty()) {
                    builder.addExtension(
                            Extension.subjectAlternativeName,
                            false,
                            new GeneralNames(names.toArray(GeneralName[]::new)));
                }
            } catch (CertIOException impossible) {
                throw new IllegalStateException(impossible);
            }
            List<X509Certificate> chain = new ArrayList<>(List.of(signed(builder, Authority.this.keys)));
            chain.addAll(above);
            return new Issued(chain, own.getPrivate());
        }
    }

    private static JcaX509v3CertificateBuilder builder(
            X500Principal subject, KeyPair of, X500Principal issuer, Instant from, Instant until) {
        return new JcaX509v3CertificateBuilder(
                issuer, new BigInteger(100, RANDOM), Date.from(from), Date.from(until), subject, of.getPublic());
    }

    private static X509Certificate signed(JcaX509v3CertificateBuilder builder, KeyPair by) {
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(by.getPrivate())));
        } catch (OperatorCreationException | GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The list of those that it has revoked, in force for a day. */
    public X509CRL revoke(Issued... revoked) {
        return revoke(Instant.now().plus(1, ChronoUnit.DAYS), revoked);
    }

    public X509CRL revoke(Instant nextUpdate, Issued... revoked) {
        Instant now = Instant.now().minus(2, ChronoUnit.DAYS);
        JcaX509v2CRLBuilder builder = new JcaX509v2CRLBuilder(name, Date.from(now));
        builder.setNextUpdate(Date.from(nextUpdate));
        for (Issued one : revoked) {
            builder.addCRLEntry(one.certificate().getSerialNumber(), Date.from(now), CRLReason.keyCompromise);
        }
        try {
            return new JcaX509CRLConverter()
                    .getCRL(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
        } catch (OperatorCreationException | GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public static KeyPair ecKeys() {
        return keys("EC", 256);
    }

    public static KeyPair rsaKeys() {
        return keys("RSA", 2048);
    }

    private static KeyPair keys(String algorithm, int size) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(size);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
