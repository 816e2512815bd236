package io.coppice.port;

import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.ReasonCode;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who may enter, publish and subscribe. */
public interface Gatekeeper {
    /**
     * What a client shows at the door; holds a password, so it is never logged.
     *
     * @param certificate that it has proved to have the key of; null where it showed none, or the listener has no TLS
     */
    record Credentials(
            String clientId,
            @Nullable String userName,
            byte @Nullable [] password,
            String remoteAddress,
            String listener,
            @Nullable ClientCertificate certificate) {
        @Override
        public String toString() {
            return "Credentials[" + clientId + " from " + remoteAddress + "]";
        }
    }

    /** What a client was granted together with its name, such as by a token. What else it says only the gatekeeper knows. */
    interface Grant {
        /** Nothing, and for as long as the client likes. */
        Grant NONE = () -> Long.MAX_VALUE;

        /** When the connection ends, in milliseconds since the epoch; {@link Long#MAX_VALUE} for never. */
        long until();

        /** Whether the client has rights of its own, in the place of those that the rules give it. */
        default boolean givesRights() {
            return false;
        }
    }

    /**
     * Who a client turned out to be; kept for the length of its connection.
     *
     * @param userName that was vouched for, which need not be the one that the client said; null where nobody was asked
     */
    record Identity(
            String clientId,
            @Nullable String userName,
            String remoteAddress,
            String listener,
            @Nullable ClientCertificate certificate,
            Grant grant) {
        public Identity(
                String clientId,
                @Nullable String userName,
                String remoteAddress,
                String listener,
                @Nullable ClientCertificate certificate) {
            this(clientId, userName, remoteAddress, listener, certificate, Grant.NONE);
        }

        /** Who showed these and is taken for a user; null for a client without name. */
        public static Identity of(Credentials shown, @Nullable String userName) {
            return of(shown, userName, Grant.NONE);
        }

        public static Identity of(Credentials shown, @Nullable String userName, Grant grant) {
            return new Identity(
                    shown.clientId(), userName, shown.remoteAddress(), shown.listener(), shown.certificate(), grant);
        }
    }

    /**
     * The answer to credentials.
     *
     * @param reasonCode SUCCESS, or why not (0x86, 0x87, 0x88, 0x89, …)
     * @param identity null unless it is SUCCESS
     */
    record Verdict(ReasonCode reasonCode, @Nullable Identity identity) {}

    /** One exchange of enhanced authentication (MQTT 5, 4.12); steps are asked for in turn. */
    interface Exchange {
        /**
         * What the server says to the client's data.
         *
         * @param reasonCode CONTINUE_AUTHENTICATION, SUCCESS, or why not
         * @param data Authentication Data for the client, or null
         * @param identity null unless it is SUCCESS
         */
        record Step(
                ReasonCode reasonCode,
                byte @Nullable [] data,
                @Nullable Identity identity) {}

        /** Who the client says it is, as far as it has said; not proved. */
        default @Nullable String userName() {
            return null;
        }

        /** @param then called once, on the loop */
        void next(byte @Nullable [] clientData, Loop loop, Consumer<Step> then);
    }

    /** @param then called once, on the loop, possibly before this returns; need not be called for who has withdrawn */
    void authenticate(Credentials credentials, Loop loop, Consumer<Verdict> then);

    /**
     * The client has gone before there was a verdict: what is still to be done for one need not be done.
     *
     * @param credentials the same object that a verdict was asked for
     */
    default void withdraw(Credentials credentials) {}

    /** Clients whose verdict has not begun to be worked on. */
    default int waiting() {
        return 0;
    }

    /** Begins enhanced authentication, or null for a method that is not known (0x8C). */
    @Nullable
    Exchange exchange(String method, Credentials credentials);

    /** What a client that is in may do from now on; asked on the loop of its connection. */
    Permissions permissions(Identity who);

    /**
     * What the publisher of something that is stored may publish from now on, by what is known of it; null where nobody can say, or
     * nothing is ever taken back. The answer is good for one loop.
     *
     * @param publisher whose rights came from the rules that hold for all
     */
    default @Nullable Permissions permissionsOf(Publisher publisher) {
        return null;
    }

    /**
     * Looks whether what this goes by has changed, such as a file, and goes by that from then on. It may take its time, so it
     * is never called on a loop.
     *
     * @return whether clients may have other rights than before
     */
    default boolean refresh() {
        return false;
    }

    /** What it tells of its work; always the same list. */
    default List<Figure> figures() {
        return List.of();
    }
}
