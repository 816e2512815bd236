package io.coppice.transport;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * A certificate that nobody but itself has signed, for a broker on a developer's machine: who wants to trust it must be
 * given it. It cannot sign others.
 *
 * @param certificate in PEM
 * @param key in PEM (PKCS#8), without a password
 */
public record SelfSigned(String certificate, String key) {
    private static final int SERIAL_BITS = 120;
    private static final int LINE = 64;

    /**
     * A new one with a key of its own.
     *
     * @param names DNS names, of which the first label may be {@code *}, and IP addresses; at least one
     * @throws IllegalArgumentException if a name is neither
     */
    public static SelfSigned of(List<String> names, Instant from, Instant until, SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            KeyPair keys = generator.generateKeyPair();
            AlgorithmIdentifier algorithm = new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
            TBSCertificate content = content(names, from, until, random, keys, algorithm);
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate(), random);
            signature.update(content.getEncoded());
            ASN1EncodableVector signed = new ASN1EncodableVector();
            signed.add(content);
            signed.add(algorithm);
            signed.add(new DERBitString(signature.sign()));
            return new SelfSigned(
                    pem("CERTIFICATE", new DERSequence(signed).getEncoded()),
                    pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
        } catch (GeneralSecurityException | IOException impossible) {
            throw new IllegalStateException("every Java has P-256", impossible);
        }
    }

    private static TBSCertificate content(
            List<String> names,
            Instant from,
            Instant until,
            SecureRandom random,
            KeyPair keys,
            AlgorithmIdentifier algorithm)
            throws IOException {
        X500Name self = new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, "Coppice for development")
                .build();
        ExtensionsGenerator extensions = new ExtensionsGenerator();
        extensions.addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(names.stream().map(SelfSigned::name).toArray(GeneralName[]::new)));
        extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        extensions.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
        V3TBSCertificateGenerator content = new V3TBSCertificateGenerator();
        content.setSerialNumber(new ASN1Integer(new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS)));
        content.setIssuer(self);
        content.setSubject(self);
        content.setStartDate(new Time(Date.from(from)));
        content.setEndDate(new Time(Date.from(until)));
        content.setSignature(algorithm);
        content.setSubjectPublicKeyInfo(
                SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
        content.setExtensions(extensions.generate());
        return content.generateTBSCertificate();
    }

    private static GeneralName name(String name) {
        boolean address = name.indexOf(':') >= 0 || name.matches("[0-9.]+");
        if (!address && !name.matches("(\\*\\.)?[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*")) {
            throw new IllegalArgumentException(name + " is neither a DNS name nor an IP address");
        }
        try {
            return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, name);
        } catch (IllegalArgumentException none) {
            throw new IllegalArgumentException(name + " is neither a DNS name nor an IP address", none);
        }
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label
                + "-----\n";
    }

    /** Says nothing of the key. */
    @Override
    public String toString() {
        return "SelfSigned";
    }
}
