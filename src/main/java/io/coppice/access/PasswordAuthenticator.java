package io.coppice.access;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Loop;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Vouches for clients whose password is right. Who says a user name must be right, and is not taken for anonymous; of who
 * says none, or one that others are to be asked about, it knows nothing.
 */
final class PasswordAuthenticator implements Authenticator {
    private static final Logger LOG = LoggerFactory.getLogger(PasswordAuthenticator.class);
    private static final Opinion BUSY = new Opinion(ReasonCode.SERVER_BUSY, null);
    private static final Opinion FAILED = new Opinion(ReasonCode.SERVER_UNAVAILABLE, null);

    private final Users users;
    private final CheckPool pool;
    private final PasswordMemory memory;
    private final Courtesy courtesy = Courtesy.ofThreads();

    /** @param users asked on the threads of the pool */
    PasswordAuthenticator(Users users, CheckPool pool, PasswordMemory memory) {
        this.users = users;
        this.pool = pool;
        this.memory = memory;
    }

    @Override
    public void judge(Credentials credentials, Loop loop, Consumer<Opinion> then) {
        String user = credentials.userName();
        byte[] password = credentials.password();
        if (user == null || !users.knows(user)) {
            then.accept(Opinion.NONE);
            return;
        }
        if (password == null) {
            then.accept(Opinion.REFUSED);
            return;
        }
        if (memory.knows(user, password, loop.now())) {
            then.accept(Opinion.vouched(user));
            return;
        }
        boolean taken = pool.submit(credentials, () -> {
            long since = memory.generation();
            Courtesy.Effort effort = courtesy.begin();
            Opinion opinion = check(user, password);
            answer(loop, () -> {
                if (opinion.reasonCode() == ReasonCode.SUCCESS) {
                    memory.remember(user, password, since, loop.now());
                }
                then.accept(opinion);
            });
            if (opinion == Opinion.REFUSED) {
                effort.wasted();
            }
        });
        if (!taken) {
            then.accept(BUSY);
        }
    }

    private static void answer(Loop loop, Runnable answer) {
        try {
            loop.execute(answer);
        } catch (RejectedExecutionException stopped) {
            LOG.debug("a password was checked for a client whose loop has stopped");
        }
    }

    private Opinion check(String user, byte[] password) {
        try {
            return users.matches(user, password) ? Opinion.vouched(user) : Opinion.REFUSED;
        } catch (RuntimeException | OutOfMemoryError fault) {
            // Its text may quote what it failed at.
            LOG.error(
                    getMarker("password-check-failed"),
                    "a password could not be checked, and its client is refused: {}",
                    fault.getClass().getName());
            return FAILED;
        }
    }

    @Override
    public void withdraw(Credentials credentials) {
        pool.withdraw(credentials);
    }

    @Override
    public int waiting() {
        return pool.waiting();
    }

    @Override
    public void refresh() {
        users.refresh();
    }
}
