package io.coppice.codec;

/**
 * The kinds of {@link io.coppice.port.PeerMessage} by the number that stands in the low five bits of their first byte; its
 * three high bits are flags with a meaning of their own for each kind. A number is never used again for something else.
 */
final class PeerMessageKind {
    static final int PUBLISH = 1;
    static final int ANSWER = 2;
    static final int ROUTES_CHANGED = 3;
    static final int ROUTES_MADE = 4;
    static final int ROUTES_WANTED = 5;
    static final int ROUTES_WHOLE = 6;
    static final int ROUTES_DIGEST = 7;
    static final int CLAIMED = 8;
    static final int YIELD = 9;
    static final int FROZEN = 10;
    static final int LATE = 11;
    static final int STORED = 12;
    static final int ANNOUNCED = 13;
    static final int EMPTIED = 14;
    static final int ADOPTED = 15;
    static final int PING = 16;
    static final int GIVEN_UP = 17;
    static final int RETAINED_FOLLOWS = 18;
    static final int RETAINED_BEGUN = 19;
    static final int RETAINED_KEPT = 20;
    static final int RETAINED_ENDED = 21;
    static final int RETAINED_DIGEST = 22;
    static final int RETAINED_VERSIONS = 23;
    static final int RETAINED_WANTED = 24;
    static final int RETAINED_BROUGHT = 25;
    static final int RETURNED = 26;
    static final int FAILED = 27;
    static final int FAREWELL = 30;

    /** What is left for the kind. */
    static final int MASK = 0x1F;

    /** The flags, of which each kind names those that it has. */
    static final int FIRST = 0x20;

    static final int SECOND = 0x40;
    static final int THIRD = 0x80;

    private PeerMessageKind() {}
}
