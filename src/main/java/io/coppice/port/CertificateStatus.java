package io.coppice.port;

import java.util.List;

/** The certificates that a node shows its clients; asked at any time, from anywhere. */
public interface CertificateStatus {
    CertificateStatus NONE = List::of;

    /**
     * One of them.
     *
     * @param listener that shows it
     * @param source its file or directory, as configured
     * @param expiresAtSeconds when it is no longer valid, or what is above it; since 1970
     */
    record Entry(String listener, String source, long expiresAtSeconds) {}

    /** As many, and from the same sources, as long as the node lives. */
    List<Entry> certificates();
}
