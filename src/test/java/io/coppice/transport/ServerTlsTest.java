package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.coppice.config.CoppiceConfig.ClientAuth;
import io.coppice.pki.Authority;
import io.coppice.pki.Issued;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Which files a TLS listener takes, what it says of others, and what it does when they change. */
class ServerTlsTest {
    private static final String PBES2 = "PBEWithHmacSHA256AndAES_256";

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private TlsFixture files;

    @TempDir
    Path directory;

    @BeforeEach
    void listen() throws IOException {
        files = new TlsFixture(directory);
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(ServerTls.class);
        logger.setLevel(Level.INFO);
        logger.addAppender(log);
    }

    @AfterEach
    void listenNoMore() {
        Logger logger = (Logger) LoggerFactory.getLogger(ServerTls.class);
        logger.detachAppender(log);
        logger.setLevel(null);
    }

    private List<String> logged() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private ServerTls load() throws TlsFault {
        return files.load(SslProvider.JDK);
    }

    private static TlsContexts look(ServerTls tls) {
        return tls.look(System.currentTimeMillis());
    }

    private void loads() throws TlsFault {
        load().close();
        files.load(ServerTls.provider()).close();
        assertThat(logged()).isEmpty();
    }

    private void isRefused(String message) {
        assertThatThrownBy(this::load).isInstanceOf(TlsFault.class).hasMessage(message);
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    private String put(String name, String text) throws IOException {
        return Issued.put(file(name), text).toString();
    }

    /** Gives the listener two files in PEM. */
    private void pair(Issued issued, String keyPem) throws IOException {
        files.certificate = put("server.pem", issued.certificatePem());
        files.key = put("server.key", keyPem);
    }

    // --- what it takes

    @Test
    void takesADirectoryOfKubernetesOrOfCertbot() throws Exception {
        loads();
        Issued issued = files.authority.server("localhost");
        Files.createDirectories(file("live"));
        put("live/fullchain.pem", issued.certificatePem());
        put("live/privkey.pem", issued.keyPem());
        files.certificate = file("live").toString();
        loads();
    }

    @Test
    void takesCertificateAndKeyInTwoFilesOrInOne() throws Exception {
        Issued issued = files.authority.intermediate("Between").server("localhost");
        pair(issued, issued.keyPem());
        loads();
        files.key = "";
        files.certificate = put("both.pem", issued.keyPem() + "a comment\n" + issued.certificatePem());
        loads();
    }

    @Test
    void takesKeysInEveryForm() throws Exception {
        KeyPair rsa = Authority.rsaKeys();
        Issued ofRsa = files.authority.order("CN=localhost").keys(rsa).issue();
        pair(ofRsa, ofRsa.keyPem());
        loads();
        pair(ofRsa, Issued.pem("RSA PRIVATE KEY", inner(rsa.getPrivate())));
        loads();
        Issued ofEc = files.authority.server("localhost");
        org.bouncycastle.asn1.sec.ECPrivateKey sec1 = new org.bouncycastle.asn1.sec.ECPrivateKey(
                256, ((ECPrivateKey) ofEc.key()).getS(), SECObjectIdentifiers.secp256r1);
        pair(
                ofEc,
                Issued.pem("EC PARAMETERS", SECObjectIdentifiers.secp256r1.getEncoded())
                        + Issued.pem("EC PRIVATE KEY", sec1.getEncoded()));
        loads();
        files.passwordFile = put("password", "s3cret\n");
        pair(ofEc, encrypted(ofEc.key(), "s3cret"));
        loads();
    }

    private static byte[] inner(PrivateKey key) throws IOException {
        return PrivateKeyInfo.getInstance(key.getEncoded())
                .parsePrivateKey()
                .toASN1Primitive()
                .getEncoded();
    }

    private static String encrypted(PrivateKey key, String password) throws GeneralSecurityException, IOException {
        Cipher cipher = Cipher.getInstance(PBES2);
        cipher.init(
                Cipher.ENCRYPT_MODE,
                SecretKeyFactory.getInstance(PBES2).generateSecret(new PBEKeySpec(password.toCharArray())));
        byte[] sealed = cipher.doFinal(key.getEncoded());
        AlgorithmParameters parameters = cipher.getParameters();
        AlgorithmIdentifier algorithm = new AlgorithmIdentifier(
                PKCSObjectIdentifiers.id_PBES2, ASN1Primitive.fromByteArray(parameters.getEncoded()));
        return Issued.pem("ENCRYPTED PRIVATE KEY", new EncryptedPrivateKeyInfo(algorithm, sealed).getEncoded());
    }

    @Test
    void takesPkcs12() throws Exception {
        files.certificate = Issued.put(
                        file("server.p12"), files.authority.server("localhost").pkcs12("s3cret"))
                .toString();
        files.passwordFile = put("password", "s3cret\r\nanything\n");
        loads();
    }

    @Test
    void takesListsOfRevokedCertificatesInPemAndDer() throws Exception {
        Authority clients = Authority.root("Clients");
        files.asking(ClientAuth.REQUIRED, clients);
        files.crl = put("crl.pem", Issued.pem(clients.revoke()) + Issued.pem(files.authority.revoke()));
        loads();
        files.crl = Issued.put(file("crl.der"), clients.revoke().getEncoded()).toString();
        loads();
    }

    // --- what it says of others

    @Test
    void namesTheKeyTheFileAndTheReason() throws Exception {
        Issued issued = files.authority.server("localhost");
        pair(issued, issued.keyPem());
        files.key = file("none.key").toString();
        isRefused("listeners.mqtts.key: " + files.key + ": there is no such file");
        files.key = put("empty.key", "");
        isRefused("listeners.mqtts.key: " + files.key
                + ": it holds no private key that can be read; allowed: PKCS#8, PKCS#1 or SEC 1 in PEM");
        files.key = put("broken.key", Issued.pem("PRIVATE KEY", new byte[] {1, 2, 3}));
        isRefused("listeners.mqtts.key: " + files.key + ": the private key does not read");
        files.key = put("other.key", files.authority.server("localhost").keyPem());
        isRefused("listeners.mqtts.key: " + files.key + ": the key is not that of the first certificate in "
                + files.certificate);
        files.key = put("server.key", issued.keyPem());
        files.certificate = put("broken.pem", Issued.pem("CERTIFICATE", new byte[] {1, 2, 3}));
        isRefused("listeners.mqtts.certificate: " + files.certificate + ": a certificate in it does not read");
        files.certificate = put("large.pem", "x".repeat((1 << 20) + 1));
        isRefused("listeners.mqtts.certificate: " + files.certificate + ": it is larger than 1048576 bytes");
        files.certificate = file("own").toString();
        isRefused("listeners.mqtts.certificate: " + files.certificate + ": it is a directory, and not a file");
        files.key = "";
        files.certificate = Files.createDirectories(file("empty")).toString();
        isRefused("listeners.mqtts.certificate: " + files.certificate
                + ": the directory has neither tls.crt and tls.key nor fullchain.pem and privkey.pem");
    }

    @Test
    void saysWhichPasswordIsWrongAndNotWhatItIs() throws Exception {
        Issued issued = files.authority.server("localhost");
        pair(issued, encrypted(issued.key(), "right"));
        isRefused("listeners.mqtts.key: " + files.key + ": the key is encrypted, and there is no key-password-file");
        files.passwordFile = put("password", "wr0ng");
        isRefused("listeners.mqtts.key: " + files.key + ": the password does not open the key");
        files.key = "";
        files.certificate =
                Issued.put(file("server.p12"), issued.pkcs12("right")).toString();
        isRefused("listeners.mqtts.certificate: " + files.certificate + ": the password does not open it");
        files.passwordFile = "";
        isRefused("listeners.mqtts.certificate: " + files.certificate
                + ": it needs a password, and there is no key-password-file");
        files.certificate = put("neither", "neither");
        isRefused("listeners.mqtts.certificate: " + files.certificate + ": it is neither PEM nor PKCS#12");
    }

    @Test
    void namesWhatIsWrongWithAuthoritiesAndLists() throws Exception {
        files.asking(ClientAuth.REQUIRED, Authority.root("Clients"));
        files.crl = put("crl.pem", "nothing");
        assertThatThrownBy(this::load)
                .hasMessageStartingWith("listeners.mqtts.crl: " + files.crl + ": it ")
                .hasMessageContaining("list of revoked certificates");
        files.crl = "";
        files.clientCa = put("ca.pem", files.authority.server("x").keyPem());
        isRefused("listeners.mqtts.client-ca: " + files.clientCa + ": it holds no certificate");
        files.further.add(file("none").toString());
        isRefused("listeners.mqtts.further-certificates: " + file("none") + ": there is no such file");
    }

    // --- time

    @Test
    void warnsOnceADayBeforeACertificateExpires() throws Exception {
        Instant now = Instant.now();
        Instant end = now.plus(29, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
        files.show(files.authority
                .order("CN=localhost")
                .valid(now.minus(1, ChronoUnit.DAYS), end)
                .issue());
        ServerTls tls = load();
        String warning = "listeners.mqtts.certificate: " + file("own") + ": it expires at " + end;
        assertThat(logged()).containsExactly(warning);
        assertThat(tls.status()).singleElement().satisfies(entry -> {
            assertThat(entry.listener()).isEqualTo("mqtts");
            assertThat(entry.source()).isEqualTo(file("own").toString());
            assertThat(entry.expiresAtSeconds()).isEqualTo(end.getEpochSecond());
        });
        assertThat(tls.look(now.plus(23, ChronoUnit.HOURS).toEpochMilli())).isNull();
        assertThat(logged()).hasSize(1);
        tls.look(now.plus(25, ChronoUnit.HOURS).toEpochMilli());
        assertThat(logged()).containsExactly(warning, warning);
        tls.look(end.plus(1, ChronoUnit.SECONDS).toEpochMilli());
        assertThat(logged()).last().isEqualTo(warning.replace("expires", "expired"));
        tls.close();
    }

    @Test
    void warnsOfACertificateWhoseTimeHasNotComeAndOfAListWhoseTimeIsOver() throws Exception {
        Instant begin = Instant.now().plus(1, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
        files.show(files.authority
                .order("CN=localhost")
                .valid(begin, begin.plus(365, ChronoUnit.DAYS))
                .issue());
        Authority clients = Authority.root("Clients");
        files.asking(ClientAuth.REQUIRED, clients);
        Instant over = Instant.now().minus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS);
        files.crl = put("crl.pem", Issued.pem(clients.revoke(over)));
        load().close();
        assertThat(logged())
                .containsExactly(
                        "listeners.mqtts.certificate: " + file("own") + ": it is not valid before " + begin,
                        "listeners.mqtts.crl: " + files.crl + ": the list of CN=Clients is out of date since " + over
                                + ", and nobody is let in with its certificates");
    }

    // --- change

    @Test
    void readsFilesAnewWhenTheyChangeAndOnlyThen() throws Exception {
        ServerTls tls = load();
        TlsContexts before = tls.contexts();
        assertThat(look(tls)).isNull();
        files.show(files.authority.server("localhost"));
        assertThat(look(tls)).isSameAs(before);
        assertThat(tls.contexts()).isNotSameAs(before);
        assertThat(logged()).containsExactly("listeners.mqtts: new handshakes use the files that have changed");
        assertThat(look(tls)).isNull();
        tls.close();
    }

    @Test
    void keepsWhatItHasWhenAFileIsBrokenAndSaysSoOnce() throws Exception {
        ServerTls tls = load();
        TlsContexts before = tls.contexts();
        put("own/tls.key", files.authority.server("localhost").keyPem());
        for (int i = 0; i < 3; i++) {
            assertThat(look(tls)).isNull();
        }
        assertThat(tls.contexts()).isSameAs(before);
        assertThat(logged())
                .containsExactly("listeners.mqtts.certificate: " + file("own/tls.key")
                        + ": the key is not that of the first certificate in " + file("own/tls.crt")
                        + ": files have changed and are not used; what was read before stays");
        Files.delete(file("own/tls.key"));
        assertThat(look(tls)).isNull();
        assertThat(logged()).hasSize(2);
        files.show(files.authority.server("localhost"));
        assertThat(look(tls)).isSameAs(before);
        tls.close();
    }

    @Test
    void chainsAndListsCountAmongTheFilesThatChange() throws Exception {
        Authority clients = Authority.root("Clients");
        files.asking(ClientAuth.REQUIRED, clients);
        files.crl = put("crl.pem", Issued.pem(clients.revoke()));
        files.further.add(files.authority.server("other").into(file("other")).toString());
        ServerTls tls = load();
        put("crl.pem", Issued.pem(clients.revoke(clients.client("a"))));
        assertThat(look(tls)).isNotNull();
        put("clients.pem", clients.pem() + Authority.root("Others").pem());
        assertThat(look(tls)).isNotNull();
        files.authority.server("other").into(file("other"));
        assertThat(look(tls)).isNotNull();
        tls.close();
    }
}
