package io.coppice.transport;

import io.coppice.transport.TlsFile.Block;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.jspecify.annotations.Nullable;

/** Private keys in the forms that are about: PKCS#8, encrypted or not, PKCS#1 (RSA) and SEC 1 (EC). */
final class PrivateKeys {
    private static final String ENCRYPTED_BY_PBES2 = "1.2.840.113549.1.5.13";

    private PrivateKeys() {}

    /**
     * The key of a file in PEM, the first where there are several.
     *
     * @param password null where none was given
     */
    static PrivateKey read(TlsFile file, char @Nullable [] password) throws TlsFault {
        for (Block block : file.blocks()) {
            switch (block.label()) {
                case "PRIVATE KEY" -> {
                    return plain(file, block.der());
                }
                case "ENCRYPTED PRIVATE KEY" -> {
                    return plain(file, decrypted(file, block.der(), password));
                }
                case "RSA PRIVATE KEY" -> {
                    return plain(file, pkcs8OfRsa(file, block.der()));
                }
                case "EC PRIVATE KEY" -> {
                    return plain(file, pkcs8OfEc(file, block.der()));
                }
                default -> {
                    // a certificate, EC parameters, …
                }
            }
        }
        throw file.fault("it holds no private key that can be read; allowed: PKCS#8, PKCS#1 or SEC 1 in PEM");
    }

    private static PrivateKey plain(TlsFile file, byte[] pkcs8) throws TlsFault {
        for (String algorithm : List.of("RSA", "EC", "EdDSA", "RSASSA-PSS")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (InvalidKeySpecException another) {
                // of another algorithm
            } catch (GeneralSecurityException missing) {
                throw new IllegalStateException("every Java knows " + algorithm, missing);
            }
        }
        throw file.fault("the private key does not read");
    }

    private static byte[] decrypted(TlsFile file, byte[] der, char @Nullable [] password) throws TlsFault {
        if (password == null) {
            throw file.fault("the key is encrypted, and there is no key-password-file");
        }
        try {
            EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
            AlgorithmParameters parameters = info.getAlgParameters();
            String name = info.getAlgName();
            // Java's name of such an algorithm, which says how, is what its parameters print as.
            boolean vague = name.equals(ENCRYPTED_BY_PBES2) || name.equals("PBES2");
            String algorithm = vague && parameters != null ? parameters.toString() : name;
            SecretKey secret = SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec(password));
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(Cipher.DECRYPT_MODE, secret, parameters);
            return info.getKeySpec(cipher).getEncoded();
        } catch (InvalidKeySpecException | InvalidKeyException wrong) {
            throw file.fault("the password does not open the key");
        } catch (IOException | GeneralSecurityException unknown) {
            boolean wrong = unknown instanceof BadPaddingException;
            throw file.fault(wrong ? "the password does not open the key" : "the encryption of the key is not known");
        }
    }

    private static byte[] pkcs8OfRsa(TlsFile file, byte[] der) throws TlsFault {
        try {
            org.bouncycastle.asn1.pkcs.RSAPrivateKey key =
                    org.bouncycastle.asn1.pkcs.RSAPrivateKey.getInstance(ASN1Sequence.getInstance(der));
            return pkcs8(new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE), key);
        } catch (IllegalArgumentException | IllegalStateException | IOException broken) {
            throw file.fault("the private key does not read; one that is encrypted must be PKCS#8");
        }
    }

    private static byte[] pkcs8OfEc(TlsFile file, byte[] der) throws TlsFault {
        try {
            ECPrivateKey key = ECPrivateKey.getInstance(ASN1Sequence.getInstance(der));
            ASN1Encodable curve = key.getParametersObject();
            return pkcs8(new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve), key);
        } catch (IllegalArgumentException | IllegalStateException | IOException broken) {
            throw file.fault("the private key does not read; one that is encrypted must be PKCS#8");
        }
    }

    private static byte[] pkcs8(AlgorithmIdentifier algorithm, ASN1Encodable key) throws IOException {
        return new PrivateKeyInfo(algorithm, key).getEncoded();
    }
}
