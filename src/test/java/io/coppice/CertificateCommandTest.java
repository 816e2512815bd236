package io.coppice;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.config.ConfigLoader;
import io.coppice.transport.ServerTls;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CertificateCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    private int run(String... args) {
        CommandLine commandLine = CommandLines.create(
                config -> {
                    throw new IllegalStateException("nothing is to be started");
                },
                Map.of(),
                (ready, stop, ended) -> 0,
                args);
        return commandLine
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    private X509Certificate written() throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(directory.resolve("tls.crt"))));
    }

    @Test
    void writesWhatAListenerTakes() throws Exception {
        assertThat(run("certificate", "--out", directory.toString(), "--days", "30", "broker.example", "10.0.0.1"))
                .isZero();
        assertThat(out.toString()).contains("Only for development").contains("broker.example");
        X509Certificate certificate = written();
        certificate.verify(certificate.getPublicKey());
        assertThat(certificate.getBasicConstraints()).as("it is no authority").isEqualTo(-1);
        assertThat(certificate.getSubjectAlternativeNames())
                .extracting(name -> (Object) name.get(1))
                .containsExactly("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1", "broker.example", "10.0.0.1");
        assertThat(certificate.getNotAfter().toInstant())
                .isBetween(
                        Instant.now().plus(Duration.ofDays(29)), Instant.now().plus(Duration.ofDays(30)));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("tls.key"))))
                .isEqualTo("rw-------");
        ServerTls.load(
                        "mqtts",
                        ConfigLoader.load(null, Map.of(), List.of("listeners.mqtts.certificate=" + directory))
                                .listeners()
                                .mqtts()
                                .tls())
                .close();
    }

    @Test
    void writesOverNothing() throws Exception {
        assertThat(run("certificate", "--out", directory.toString())).isZero();
        byte[] key = Files.readAllBytes(directory.resolve("tls.key"));
        assertThat(run("certificate", "--out", directory.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("tls.key is there already");
        assertThat(directory.resolve("tls.key")).hasBinaryContent(key);
    }

    @Test
    void refusesWhatIsNoNameAndNoNumberOfDays() {
        String to = directory.resolve("none").toString();
        assertThat(run("certificate", "--out", to, "not a name")).isEqualTo(1);
        assertThat(err.toString()).contains("not a name is neither a DNS name nor an IP address");
        assertThat(run("certificate", "--out", to, "1.2.3")).isEqualTo(1);
        assertThat(run("certificate", "--out", to, "--days", "0")).isEqualTo(1);
        assertThat(err.toString()).contains("--days: 0 is not allowed; allowed: 1 to 3650");
        assertThat(Path.of(to)).doesNotExist();
    }
}
