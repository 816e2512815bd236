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
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may enter, as the configuration says it: a gatekeeper, and the threads that check passwords and look at files for it. */
public final class Access implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Access.class);

    private static final int KEY_BYTES = 32;

    private final List<WatchedFile<?>> files = new ArrayList<>();
    private final CheckPool pool;
    private final ChainGatekeeper gatekeeper;
    private @Nullable ScheduledExecutorService looking;

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
            WatchedFile<PasswordFile> passwords = open(path, memory::forgetAll);
            files.add(passwords);
            authenticators.add(new PasswordAuthenticator(
                    (user, password) -> passwords.value().matches(user, password), pool, memory));
            warnOfReaders(path);
        }
        gatekeeper = new ChainGatekeeper(authenticators, authorizer(security), security.anonymous());
    }

    /**
     * What the configuration asks for, with its files read, and looked at again from time to time.
     *
     * @throws ConfigException if a file is not as it should be, with all that is wrong
     */
    public static Access open(CoppiceConfig config) throws ConfigException {
        Access access = new Access(config);
        access.watch(config.security().reloadInterval().toMillis());
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

    private static Authorizer authorizer(Security security) throws ConfigException {
        try {
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
        } catch (WrongRules wrong) {
            throw new ConfigException(wrong.faults());
        }
    }

    private static byte[] key() {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return key;
    }

    private static WatchedFile<PasswordFile> open(Path path, Runnable changed) throws ConfigException {
        return new WatchedFile<>(path, PasswordFile.BYTES_MAX, PasswordFile::parse, changed);
    }

    private void watch(long millis) {
        if (millis == 0 || files.isEmpty()) {
            return;
        }
        looking = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "coppice-files");
            thread.setDaemon(true);
            return thread;
        });
        looking.scheduleWithFixedDelay(this::look, millis, millis, TimeUnit.MILLISECONDS);
    }

    private void look() {
        for (WatchedFile<?> file : files) {
            try {
                file.look();
            } catch (RuntimeException fault) {
                LOG.error("a file could not be looked at, and is again the next time", fault);
            }
        }
    }

    public Gatekeeper gatekeeper() {
        return gatekeeper;
    }

    /** No password is checked any more, and no file looked at. */
    @Override
    public void close() {
        if (looking != null) {
            looking.shutdownNow();
        }
        pool.close();
    }

    static void warnOfReaders(Path path) {
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
