package io.coppice.transport;

import io.coppice.config.Shown;
import java.io.IOException;

/** A file that TLS needs is not as it must be. The message names the key, the file and the reason, and nothing that is secret. */
public final class TlsFault extends IOException {
    private static final long serialVersionUID = 1;

    TlsFault(String key, Object file, String reason) {
        super(key + ": " + Shown.path(file.toString()) + ": " + reason);
    }
}
