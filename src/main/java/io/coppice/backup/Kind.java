package io.coppice.backup;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a line is about; its first field names it in lower case. */
enum Kind {
    HEADER,
    RETAINED,
    SESSION,
    SUBSCRIPTION,
    INBOUND,
    SEEN,
    MESSAGE,
    END,
    TRAILER;

    private static final Kind[] ALL = values();

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static @Nullable Kind of(String word) {
        for (Kind kind : ALL) {
            if (kind.word().equals(word)) {
                return kind;
            }
        }
        return null;
    }

    /** Whether lines of this kind stand between the beginning of a session and its end. */
    boolean isPartOfSession() {
        return this == SUBSCRIPTION || this == INBOUND || this == SEEN || this == MESSAGE;
    }
}
