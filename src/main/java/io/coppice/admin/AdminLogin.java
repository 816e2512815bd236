package io.coppice.admin;

import io.coppice.shell.Surroundings;
import io.coppice.shell.Terminal;
import io.coppice.shell.Wrong;
import java.io.ByteArrayInputStream;
import java.io.Console;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Where a node is and who asks it, as typed or from the environment. Neither passwords nor tokens are arguments, which
 * everybody on the machine could read in the list of processes.
 */
final class AdminLogin {
    private static final int CA_BYTES_MAX = 1 << 20;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The node's admin port; default: COPPICE_ADMIN_URL, or else http://127.0.0.1:8080.")
    @Nullable
    URI url;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "Who asks, where the port has users; default: COPPICE_ADMIN_USER. The password is asked for.")
    @Nullable
    String user;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "Takes the password from the first line of a file; default: COPPICE_ADMIN_PASSWORD_FILE, or "
                    + "else COPPICE_ADMIN_PASSWORD.")
    @Nullable
    Path passwordFile;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Takes a bearer token from the first line of a file, - for the standard input; default: "
                    + "COPPICE_ADMIN_TOKEN_FILE, or else COPPICE_ADMIN_TOKEN.")
    @Nullable
    Path tokenFile;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Certificates in PEM of who signed the node's; default: COPPICE_ADMIN_CA, or else those that "
                    + "Java trusts.")
    @Nullable
    Path ca;

    /**
     * The port, as whoever is meant.
     *
     * @throws Wrong if that does not go together
     */
    AdminPort port(Surroundings around) throws Wrong {
        URI to = url(around);
        String authorization = authorization(around);
        if (authorization != null && to.getScheme().equals("http") && !isLoopback(to.getHost())) {
            throw new Wrong(
                    "--url " + to + " is not allowed with a password or token, which everybody on the way could "
                            + "read; allowed: https, or http to this machine");
        }
        return new AdminPort(to, authorization, trusting(ca == null ? path(around, "CA") : ca));
    }

    private URI url(Surroundings around) throws Wrong {
        String given = variable(around, "URL");
        URI to = url;
        try {
            if (to == null) {
                to = URI.create(given == null ? "http://127.0.0.1:8080" : given);
            }
        } catch (IllegalArgumentException noUrl) {
            throw new Wrong("COPPICE_ADMIN_URL is not allowed; allowed: such as https://node.example.com:8080");
        }
        boolean http = "http".equals(to.getScheme()) || "https".equals(to.getScheme());
        if (to.getHost() == null || !http || to.getUserInfo() != null) {
            throw new Wrong("--url " + (to.getUserInfo() == null ? to : "with a user in it")
                    + " is not allowed; allowed: such as http://127.0.0.1:8080");
        }
        return to;
    }

    /** The value of the header; null for none. */
    private @Nullable String authorization(Surroundings around) throws Wrong {
        if (user != null && tokenFile != null) {
            throw new Wrong("--user and --token-file are not allowed together; allowed: one of the two");
        }
        String token = user == null ? token(around) : null;
        if (token != null) {
            return "Bearer " + token;
        }
        String name = user == null ? variable(around, "USER") : user;
        if (name == null) {
            if (passwordFile != null) {
                throw new Wrong("--password-file is not allowed alone; allowed: with --user");
            }
            return null;
        }
        if (name.indexOf(':') >= 0) {
            throw new Wrong("the user name is not allowed; allowed: one without a colon");
        }
        byte[] begin = (name + ":").getBytes(StandardCharsets.UTF_8);
        byte[] password = password(around);
        byte[] pair = Arrays.copyOf(begin, begin.length + password.length);
        System.arraycopy(password, 0, pair, begin.length, password.length);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    private @Nullable String token(Surroundings around) throws Wrong {
        Path file = tokenFile == null ? path(around, "TOKEN_FILE") : tokenFile;
        String token =
                file == null ? variable(around, "TOKEN") : new String(around.firstLine(file), StandardCharsets.UTF_8);
        String plain = token == null ? null : token.strip();
        if (plain != null && !plain.matches("[\\x21-\\x7e]+")) {
            throw new Wrong("the token is not allowed; allowed: one as \"coppice token create\" prints it");
        }
        return plain;
    }

    private byte[] password(Surroundings around) throws Wrong {
        Path file = passwordFile == null ? path(around, "PASSWORD_FILE") : passwordFile;
        if (file != null) {
            return around.firstLine(file);
        }
        String given = variable(around, "PASSWORD");
        if (given != null) {
            return given.getBytes(StandardCharsets.UTF_8);
        }
        Console console = around.console();
        byte[] typed = console == null ? null : Terminal.secret(console, "Password: ");
        if (typed == null) {
            throw new Wrong("No password was given; allowed: --password-file, COPPICE_ADMIN_PASSWORD_FILE or "
                    + "COPPICE_ADMIN_PASSWORD where nobody types");
        }
        return typed;
    }

    private static @Nullable String variable(Surroundings around, String name) {
        return around.variable("COPPICE_ADMIN_" + name);
    }

    private static @Nullable Path path(Surroundings around, String name) {
        String value = variable(around, name);
        return value == null ? null : Path.of(value);
    }

    private static @Nullable SSLContext trusting(@Nullable Path ca) throws Wrong {
        if (ca == null) {
            return null;
        }
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int count = 0;
            for (Certificate certificate : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(Surroundings.read(ca, CA_BYTES_MAX)))) {
                store.setCertificateEntry("ca-" + count++, certificate);
            }
            if (count == 0) {
                throw new Wrong(ca + ": it holds no certificate");
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException broken) {
            throw new Wrong(ca + ": it does not read as certificates in PEM");
        }
    }

    private static boolean isLoopback(String host) {
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        if (bare.equalsIgnoreCase("localhost")) {
            return true;
        }
        boolean address = bare.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}") || bare.indexOf(':') >= 0;
        try {
            return address && InetAddress.getByName(bare).isLoopbackAddress();
        } catch (UnknownHostException noAddress) {
            return false;
        }
    }

    /** Says nothing of what was given. */
    @Override
    public String toString() {
        return "AdminLogin[" + Objects.requireNonNullElse(url, "default") + "]";
    }
}
