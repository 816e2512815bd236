package io.coppice.access;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.config.ConfigException;
import io.coppice.config.CoppiceConfig;
import io.coppice.port.AdminGate;
import io.coppice.port.AdminRole;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The users and tokens of the admin port, as the configuration names their files. Passwords are checked on a thread of its own,
 * so that clients who try theirs keep no operator out.
 */
public final class AdminAccess implements AdminGate, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminAccess.class);
    private static final int CHECK_THREADS = 1;
    private static final int USERS_REMEMBERED_MAX = 10_000;
    private static final int KEY_BYTES = 32;

    private final LongSupplier clock;
    private final CheckPool pool;
    private final PasswordMemory memory;
    private final @Nullable WatchedFile<AdminUsers> users;
    private final @Nullable WatchedFile<AdminTokens> tokens;

    private AdminAccess(CoppiceConfig config, LongSupplier clock) throws ConfigException {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        PasswordMemory remembered =
                new PasswordMemory(config.security().passwordMemory().toMillis(), USERS_REMEMBERED_MAX, key);
        this.clock = clock;
        this.memory = remembered;
        String usersFile = config.admin().usersFile();
        String tokensFile = config.admin().tokensFile();
        this.users = usersFile.isEmpty()
                ? null
                : new WatchedFile<>(
                        Path.of(usersFile), AdminLines.BYTES_MAX, AdminUsers::parse, remembered::forgetAll, clock);
        this.tokens = tokensFile.isEmpty()
                ? null
                : new WatchedFile<>(Path.of(tokensFile), AdminLines.BYTES_MAX, AdminTokens::parse, () -> {}, clock);
        // A connection has one request at a time.
        this.pool = new CheckPool(CHECK_THREADS, config.limits().admin().connectionsMax());
    }

    /**
     * What the configuration asks for, with its files read.
     *
     * @throws ConfigException if a file is not as it should be, with all that is wrong
     */
    public static AdminAccess open(CoppiceConfig config) throws ConfigException {
        return open(config, System::currentTimeMillis);
    }

    /** @param clock milliseconds since the epoch */
    static AdminAccess open(CoppiceConfig config, LongSupplier clock) throws ConfigException {
        AdminAccess access = new AdminAccess(config, clock);
        access.warnOfNobody(config);
        return access;
    }

    /**
     * Reads the files that the configuration names, and forgets them.
     *
     * @throws ConfigException if one is not as it should be, with all that is wrong
     */
    public static void check(CoppiceConfig config) throws ConfigException {
        new AdminAccess(config, System::currentTimeMillis).close();
    }

    private void warnOfNobody(CoppiceConfig config) {
        for (String file :
                new String[] {config.admin().usersFile(), config.admin().tokensFile()}) {
            if (!file.isEmpty()) {
                Access.warnOfReaders(Path.of(file));
            }
        }
        boolean somebody = users != null && users.value().size() > 0
                || tokens != null && tokens.value().size() > 0;
        if ((hasUsers() || hasTokens()) && !somebody) {
            LOG.warn(
                    getMarker("admin-users-none"),
                    "admin.users-file and admin.tokens-file name nobody: nobody may use the admin port");
        }
    }

    /** Looks whether the files have changed, and goes by them from then on. Blocks; one thread at a time. */
    public void look() {
        if (users != null) {
            users.look();
        }
        if (tokens != null) {
            tokens.look();
        }
    }

    @Override
    public boolean hasUsers() {
        return users != null;
    }

    @Override
    public boolean hasTokens() {
        return tokens != null;
    }

    @Override
    public boolean knows(String user) {
        return users != null && users.value().role(user) != null;
    }

    @Override
    public void password(String user, byte[] password, Consumer<Verdict> then) {
        if (users == null) {
            then.accept(Verdict.WRONG);
            return;
        }
        long since = memory.generation(); // before the file is asked, so that what changes meanwhile is not remembered
        AdminUsers now = users.value();
        if (memory.knows(user, password, clock.getAsLong())) {
            then.accept(verdict(user, now.role(user)));
            return;
        }
        boolean taken = pool.submit(new Object(), () -> then.accept(check(now, since, user, password)));
        if (!taken) {
            then.accept(Verdict.BUSY);
        }
    }

    private Verdict check(AdminUsers now, long since, String user, byte[] password) {
        try {
            AdminRole role = now.role(user, password);
            if (role != null) {
                memory.remember(user, password, since, clock.getAsLong());
            }
            return verdict(user, role);
        } catch (RuntimeException | OutOfMemoryError fault) {
            // Its text may quote what it failed at.
            LOG.error(
                    getMarker("admin-password-check-failed"),
                    "a password could not be checked, and its user is refused: {}",
                    fault.getClass().getName());
            return Verdict.FAILED;
        }
    }

    private static Verdict verdict(String user, @Nullable AdminRole role) {
        return role == null ? Verdict.WRONG : Verdict.right(new Operator(user, Proof.PASSWORD, role));
    }

    @Override
    public @Nullable Operator token(String token) {
        return tokens == null ? null : tokens.value().who(token, Instant.ofEpochMilli(clock.getAsLong()));
    }

    /** No password is checked any more. */
    @Override
    public void close() {
        pool.close();
    }
}
