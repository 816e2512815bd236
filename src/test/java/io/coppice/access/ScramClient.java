package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** The client's side of SCRAM-SHA-256, step by step as RFC 5802 writes it, with the JDK's derivation of keys. */
public final class ScramClient {
    private final String escaped;
    private final String password;
    private final String nonce;
    private String header = "n,,";
    private String serverSignature = "";

    public ScramClient(String user, String password) {
        this(user, password, UUID.randomUUID().toString());
    }

    ScramClient(String user, String password, String nonce) {
        this.escaped = user.replace("=", "=3D").replace(",", "=2C");
        this.password = password;
        this.nonce = nonce;
    }

    /** With another header of GSS-API than that of a client that knows no channel binding. */
    ScramClient header(String other) {
        header = other;
        return this;
    }

    private String bare() {
        return "n=" + escaped + ",r=" + nonce;
    }

    public byte[] first() {
        return (header + bare()).getBytes(UTF_8);
    }

    /** The proof, as an answer to what the server has said. */
    public byte[] last(byte[] serverFirst) {
        String said = new String(serverFirst, UTF_8);
        String[] parts = said.split(",");
        byte[] salt = Base64.getDecoder().decode(parts[1].substring(2));
        int iterations = Integer.parseInt(parts[2].substring(2));
        try {
            byte[] salted = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(password.toCharArray(), salt, iterations, 256))
                    .getEncoded();
            String withoutProof = "c=" + base64(header.getBytes(UTF_8)) + "," + parts[0];
            byte[] message = (bare() + "," + said + "," + withoutProof).getBytes(UTF_8);
            byte[] clientKey = hmac(salted, "Client Key".getBytes(UTF_8));
            byte[] signature = hmac(sha256(clientKey), message);
            for (int i = 0; i < clientKey.length; i++) {
                clientKey[i] ^= signature[i];
            }
            serverSignature = "v=" + base64(hmac(hmac(salted, "Server Key".getBytes(UTF_8)), message));
            return (withoutProof + ",p=" + base64(clientKey)).getBytes(UTF_8);
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Whether the server has shown that it knows of the password. */
    public boolean isSigned(byte[] serverLast) {
        return serverSignature.equals(new String(serverLast, UTF_8));
    }

    String storedKey(byte[] salted) throws GeneralSecurityException {
        return base64(sha256(hmac(salted, "Client Key".getBytes(UTF_8))));
    }

    String serverKey(byte[] salted) throws GeneralSecurityException {
        return base64(hmac(salted, "Server Key".getBytes(UTF_8)));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] sha256(byte[] bytes) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    private static byte[] hmac(byte[] key, byte[] message) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(message);
    }
}
