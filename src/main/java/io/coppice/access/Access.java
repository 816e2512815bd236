package io.coppice.access;

import io.coppice.config.ConfigException;
import io.coppice.config.CoppiceConfig;
import io.coppice.config.CoppiceConfig.CertificateUser;
import io.coppice.config.CoppiceConfig.Security;
import io.coppice.port.Gatekeeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may enter, as the configuration says it: a gatekeeper, and the threads that check passwords for it. */
public final class Access implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Access.class);

    private static final int KEY_BYTES = 32;

    private final CheckPool pool;
    private final ChainGatekeeper gatekeeper;

    private Access(CoppiceConfig config) throws ConfigException {
        Security security = config.security();
        pool = new CheckPool(security.checkThreads(), config.limits().passwordChecksWaitingMax());
        List<Authenticator> authenticators = new ArrayList<>();
        if (security.certificateUser() != CertificateUser.NONE) {
            authenticators.add(new CertificateAuthenticator(security.certificateUser()));
        }
        if (!security.passwordFile().isEmpty()) {
            Path path = Path.of(security.passwordFile());
            PasswordMemory memory = new PasswordMemory(
                    security.passwordMemory().toMillis(), config.limits().doorEntriesMax(), key());
            Users users = new WatchedUsers(path, memory::forgetAll);
            authenticators.add(new PasswordAuthenticator(users, pool, memory));
            warnOfReaders(path);
        }
        gatekeeper = new ChainGatekeeper(authenticators, authorizer(security), security.anonymous());
    }

    /**
     * What the configuration asks for, with its files read. Whether they have changed is seen by {@link Gatekeeper#refresh}.
     *
     * @throws ConfigException if a file is not as it should be, with all that is wrong
     */
    public static Access open(CoppiceConfig config) throws ConfigException {
        return new Access(config);
    }

    /**
     * Reads the files that the configuration names, and forgets them.
     *
     * @throws ConfigException if one is not as it should be, with all that is wrong
     */
    public static void check(CoppiceConfig config) throws ConfigException {
        new Access(config).close();
    }

    private static Authorizer authorizer(Security security) throws ConfigException {
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
        return new OpenAuthorizer();
    }

    private static byte[] key() {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return key;
    }

    public Gatekeeper gatekeeper() {
        return gatekeeper;
    }

    /** No password is checked any more. */
    @Override
    public void close() {
        pool.close();
    }

    private static void warnOfReaders(Path path) {
        try {
            Set<PosixFilePermission> allowed = Files.getPosixFilePermissions(path);
            if (allowed.contains(PosixFilePermission.OTHERS_READ)) {
                LOG.warn("{} can be read by everybody on this machine; chmod o-r takes that away", path);
            }
        } catch (IOException | UnsupportedOperationException unknown) {
            LOG.debug("nobody can say who may read {}", path);
        }
    }
}
