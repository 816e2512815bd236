package io.coppice.access;

import io.coppice.config.AddressRange;
import io.coppice.port.ClientCertificate;
import io.coppice.port.Gatekeeper.Identity;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whom a rule concerns: who fulfils every condition; a list that is empty is none, and of one that is not any element will do.
 *
 * @param anonymous whether clients without user name, or those with one; null for both
 */
record Concerned(
        @Nullable Boolean anonymous,
        List<Glob> users,
        List<Glob> clients,
        List<AddressRange> addresses,
        List<Glob> listeners,
        Certificate certificate) {
    /** What is asked of the certificate; without one no condition is fulfilled. */
    record Certificate(
            List<Glob> subject,
            List<Glob> commonName,
            List<Glob> dnsName,
            List<Glob> email,
            List<Glob> uri,
            List<Glob> issuer) {
        static final Certificate ANY =
                new Certificate(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

        boolean fits(@Nullable ClientCertificate shown) {
            if (equals(ANY)) {
                return true;
            }
            return shown != null
                    && any(subject, shown.subject())
                    && any(commonName, shown.commonName())
                    && any(dnsName, shown.dnsNames())
                    && any(email, shown.emails())
                    && any(uri, shown.uris())
                    && any(issuer, shown.issuer());
        }
    }

    boolean fits(Identity who) {
        return fitsName(who)
                && any(listeners, who.listener())
                && (addresses.isEmpty() || isFrom(AddressRange.ofRemote(who.remoteAddress())))
                && certificate.fits(who.certificate());
    }

    /** Whether it fits as far as only its user name and client identifier tell. */
    boolean fitsName(Identity who) {
        boolean nameless = who.userName() == null;
        return (anonymous == null || anonymous == nameless)
                && any(users, who.userName())
                && any(clients, who.clientId());
    }

    /** Whether there are conditions besides those of {@link #fitsName}. */
    boolean asksForMore() {
        return !addresses.isEmpty() || !listeners.isEmpty() || !certificate.equals(Certificate.ANY);
    }

    /** Whether it is for users or client identifiers that it lists. */
    boolean namesSomebody() {
        return !users.isEmpty() || !clients.isEmpty();
    }

    private boolean isFrom(byte @Nullable [] address) {
        return address != null && addresses.stream().anyMatch(range -> range.contains(address));
    }

    private static boolean any(List<Glob> wanted, @Nullable String value) {
        return any(wanted, Stream.ofNullable(value).toList());
    }

    private static boolean any(List<Glob> wanted, List<String> values) {
        return wanted.isEmpty()
                || wanted.stream().anyMatch(glob -> values.stream().anyMatch(glob::matches));
    }
}
