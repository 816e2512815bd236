package io.coppice.port;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who may use the admin port, and what for. Asked on any thread. */
public interface AdminGate {
    /** Where nobody has a password or a token. */
    AdminGate NOBODY = new AdminGate() {
        @Override
        public boolean hasUsers() {
            return false;
        }

        @Override
        public boolean hasTokens() {
            return false;
        }

        @Override
        public boolean knows(String user) {
            return false;
        }

        @Override
        public void password(String user, byte[] password, Consumer<Verdict> then) {
            then.accept(Verdict.WRONG);
        }

        @Override
        public @Nullable Operator token(String token) {
            return null;
        }
    };

    /** How somebody proved who they are. */
    enum Proof {
        PASSWORD,
        TOKEN,
        /** By being on the node's own machine, where nobody has a password or a token. */
        LOOPBACK
    }

    /**
     * Somebody who may use the admin port.
     *
     * @param name of the user or token
     */
    record Operator(String name, Proof proof, AdminRole role) {
        /** Who is on the node's own machine, where nobody can prove more. */
        public static final Operator LOOPBACK = new Operator("loopback", Proof.LOOPBACK, AdminRole.ADMIN);
    }

    /**
     * The answer to a password.
     *
     * @param who null unless it is right
     */
    record Verdict(Result result, @Nullable Operator who) {
        public static final Verdict WRONG = new Verdict(Result.WRONG, null);
        public static final Verdict BUSY = new Verdict(Result.BUSY, null);
        public static final Verdict FAILED = new Verdict(Result.FAILED, null);

        public static Verdict right(Operator who) {
            return new Verdict(Result.RIGHT, who);
        }
    }

    /** What became of a password. */
    enum Result {
        RIGHT,
        /** Or there is no such user. */
        WRONG,
        /** Too many others are being checked; it was not looked at. */
        BUSY,
        /** It could not be checked. */
        FAILED
    }

    /** Whether passwords are taken. */
    boolean hasUsers();

    /** Whether tokens are taken. */
    boolean hasTokens();

    /** Whether there is such a user; for the node's own records, since nobody else may learn it. */
    boolean knows(String user);

    /** @param then called once, on any thread, possibly before this returns */
    void password(String user, byte[] password, Consumer<Verdict> then);

    /** Whose token it is; null where it is nobody's, or its time is over. Does not block. */
    @Nullable
    Operator token(String token);
}
