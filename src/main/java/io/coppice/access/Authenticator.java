package io.coppice.access;

import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Figure;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Gatekeeper.Grant;
import io.coppice.port.Loop;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One way to find out who a client is. */
interface Authenticator {
    /**
     * What it says of a client.
     *
     * @param reasonCode SUCCESS; why the client is refused; null where this one cannot tell, and another is to be asked
     * @param userName that it vouches for, with SUCCESS
     * @param grant that goes with the name
     */
    record Opinion(
            @Nullable ReasonCode reasonCode, @Nullable String userName, Grant grant) {
        static final Opinion NONE = new Opinion(null, null);
        static final Opinion REFUSED = new Opinion(ReasonCode.BAD_USER_NAME_OR_PASSWORD, null);

        Opinion(@Nullable ReasonCode reasonCode, @Nullable String userName) {
            this(reasonCode, userName, Grant.NONE);
        }

        static Opinion vouched(@Nullable String userName) {
            return new Opinion(ReasonCode.SUCCESS, userName);
        }
    }

    /** @param then called once, on the loop, possibly before this returns; not for who has withdrawn */
    void judge(Credentials credentials, Loop loop, Consumer<Opinion> then);

    /** The client has gone before it was judged: nobody waits for what is said of it. */
    default void withdraw(Credentials credentials) {}

    /** Clients that wait for it to begin. */
    default int waiting() {
        return 0;
    }

    /** Looks whether what it goes by has changed, such as a file; never on a loop. */
    default void refresh() {}

    /** What it tells of its work; always the same list. */
    default List<Figure> figures() {
        return List.of();
    }
}
