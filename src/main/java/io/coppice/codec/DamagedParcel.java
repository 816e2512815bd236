package io.coppice.codec;

/** Bytes of another node that are no parcel this release can read; the message says what is wrong, and where. */
public final class DamagedParcel extends Exception {
    private static final long serialVersionUID = 1L;

    DamagedParcel(String detail) {
        super(detail);
    }
}
