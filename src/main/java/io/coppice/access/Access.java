package io.coppice.access;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.config.ConfigException;
import io.coppice.config.CoppiceConfig;
import io.coppice.config.CoppiceConfig.CertificateUser;
import io.coppice.config.CoppiceConfig.HttpCallout;
import io.coppice.config.CoppiceConfig.Jwt;
import io.coppice.config.CoppiceConfig.Security;
import io.coppice.config.Shown;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Gatekeeper.Exchange;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may enter, as the configuration says it: a gatekeeper, and the threads that check passwords and ask others for it. */
public final class Access implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Access.class);

    private static final int KEY_BYTES = 32;

    private final List<AutoCloseable> parts = new ArrayList<>();
    private final ChainGatekeeper gatekeeper;

    private Access(CoppiceConfig config) throws ConfigException {
        Security security = config.security();
        List<Authenticator> authenticators = new ArrayList<>();
        BiFunction<String, Credentials, @Nullable Exchange> exchanges = (method, credentials) -> null;
        try {
            if (security.certificateUser() != CertificateUser.NONE) {
                add(authenticators, "certificate", new CertificateAuthenticator(security.certificateUser()));
            }
            if (security.jwt().enabled()) {
                add(authenticators, "jwt", tokens(config));
            }
            if (!security.passwordFile().isEmpty()) {
                PasswordMemory memory = new PasswordMemory(
                        security.passwordMemory().toMillis(), config.limits().doorEntriesMax(), key());
                WatchedUsers users = users(security, memory);
                add(authenticators, "password", new PasswordAuthenticator(users, pool(config), memory));
                exchanges = scram(users::passwords);
            }
            if (security.http().enabled()) {
                add(authenticators, "http", callout(security));
            }
            if (security.jwt().enabled() || security.http().enabled()) {
                authenticators.add(new Unvouched());
            }
            gatekeeper = new ChainGatekeeper(authenticators, authorizer(security), security.anonymous(), exchanges);
        } catch (ConfigException fault) {
            close();
            throw fault;
        }
    }

    private static void add(List<Authenticator> authenticators, String means, Authenticator authenticator) {
        authenticators.add(new Counted(authenticator, means));
    }

    /** Tokens and passwords have threads of their own each: a token is checked in a small part of the time. */
    private CheckPool pool(CoppiceConfig config) {
        return closing(
                new CheckPool(config.security().checkThreads(), config.limits().passwordChecksWaitingMax()));
    }

    private <T extends AutoCloseable> T closing(T part) {
        parts.add(part);
        return part;
    }

    private static WatchedUsers users(Security security, PasswordMemory memory) throws ConfigException {
        Path path = Path.of(security.passwordFile());
        WatchedUsers users = new WatchedUsers(path, !security.http().enabled(), memory::forgetAll);
        warnOfReaders(path);
        return users;
    }

    private Authenticator tokens(CoppiceConfig config) throws ConfigException {
        TokenCheck check =
                new TokenCheck(config.security().jwt(), config.security().grantedFiltersMax());
        return new JwtAuthenticator(check, keys(config), pool(config));
    }

    private TokenKeys keys(CoppiceConfig config) throws ConfigException {
        Jwt jwt = config.security().jwt();
        int bytesMax = jwt.keys().bytesMax();
        if (!jwt.secretFile().isEmpty()) {
            warnOfReaders(Path.of(jwt.secretFile()));
            return new KeyFile(Path.of(jwt.secretFile()), bytesMax, KeySet::ofSecret);
        }
        if (!jwt.publicKeyFile().isEmpty()) {
            return new KeyFile(Path.of(jwt.publicKeyFile()), bytesMax, KeySet::ofPem);
        }
        if (!jwt.keysFile().isEmpty()) {
            return new KeyFile(Path.of(jwt.keysFile()), bytesMax, content -> KeySet.ofJwks(content, true));
        }
        HttpCalls calls = closing(
                new HttpCalls("coppice-keys", jwt.keys().caFile(), jwt.keys().timeout(), bytesMax));
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(jwt.keys().url()))
                .header("Accept", "application/jwk-set+json, application/json")
                .GET();
        FetchedKeys.Source source = then -> calls.ask(
                request, answer -> then.accept(answer == null || answer.status() != 200 ? null : answer.body()));
        return new FetchedKeys(
                source, jwt.keys(), config.limits().passwordChecksWaitingMax(), System::currentTimeMillis);
    }

    private Authenticator callout(Security security) throws ConfigException {
        HttpCallout http = security.http();
        HttpCalls calls = closing(new HttpCalls("coppice-http", http.caFile(), http.timeout(), http.answerBytesMax()));
        return new HttpAuthenticator(
                new HttpPost(calls, http.authnUrl(), http.tokenFile()),
                http,
                security.grantedFiltersMax(),
                key(),
                System::currentTimeMillis);
    }

    /**
     * What the configuration asks for, with its files read. Whether they have changed is seen by {@link Gatekeeper#refresh}.
     *
     * @throws ConfigException if a file is not as it should be, with all that is wrong
     */
    public static Access open(CoppiceConfig config) throws ConfigException {
        Access access = new Access(config);
        access.gatekeeper.refresh(); // what is fetched may be there when the first client comes
        return access;
    }

    /**
     * Reads the files that the configuration names, and forgets them.
     *
     * @throws ConfigException if one is not as it should be, with all that is wrong
     */
    public static void check(CoppiceConfig config) throws ConfigException {
        new Access(config).close();
    }

    private Authorizer authorizer(Security security) throws ConfigException {
        HttpCallout http = security.http();
        Authorizer rules = rules(security);
        if (!http.asksRights()) {
            return rules;
        }
        HttpCalls calls = closing(new HttpCalls("coppice-authz", http.caFile(), http.timeout(), http.answerBytesMax()));
        HttpPost post = new HttpPost(calls, http.authzUrl(), http.tokenFile());
        return new CalledAuthorizer(new Callout(post, http, key(), System::currentTimeMillis), rules);
    }

    private static Authorizer rules(Security security) throws ConfigException {
        if (!security.aclFile().isEmpty()) {
            return new RuledAuthorizer(
                    Path.of(security.aclFile()),
                    (file, text) -> MosquittoAcl.read(file, text, RuleFile.RULES_MAX),
                    System::currentTimeMillis);
        }
        if (!security.rulesFile().isEmpty()) {
            return new RuledAuthorizer(
                    Path.of(security.rulesFile()),
                    (file, text) -> YamlRules.read(file, text, RuleFile.RULES_MAX),
                    System::currentTimeMillis);
        }
        return security.http().asksRights() ? new ClosedAuthorizer() : new OpenAuthorizer();
    }

    private static BiFunction<String, Credentials, @Nullable Exchange> scram(Supplier<PasswordFile> passwords) {
        Supplier<String> nonces = ScramExchange.nonces(new SecureRandom());
        return (method, credentials) ->
                method.equals(ScramExchange.METHOD) && passwords.get().hasScram()
                        ? new ScramExchange(credentials, user -> passwords.get().scram(user), nonces)
                        : null;
    }

    private static byte[] key() {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return key;
    }

    public Gatekeeper gatekeeper() {
        return gatekeeper;
    }

    /** Nothing is checked any more, and nobody asked. */
    @Override
    public void close() {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception fault) {
                LOG.error(getMarker("access-close-failed"), "a part of who may enter was not closed", fault);
            }
        }
    }

    static void warnOfReaders(Path path) {
        try {
            Set<PosixFilePermission> allowed = Files.getPosixFilePermissions(path);
            if (allowed.contains(PosixFilePermission.OTHERS_READ)) {
                LOG.warn(
                        getMarker("secret-file-exposed"),
                        "{} can be read by everybody on this machine; chmod o-r takes that away",
                        path);
            }
        } catch (IOException | UnsupportedOperationException unknown) {
            LOG.debug("nobody can say who may read {}", Shown.path(path.toString()));
        }
    }
}
