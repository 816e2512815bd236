package io.coppice.session;

/** What a full queue does with one more message. */
public enum Overflow {
    /** The new message is dropped. */
    DROP_NEWEST,
    /** The oldest waiting message makes room. */
    DROP_OLDEST,
    /** The publisher is refused with 0x97 Quota exceeded; a 3.1.1 publisher's message is acknowledged and dropped, for it cannot be told. */
    REJECT
}
