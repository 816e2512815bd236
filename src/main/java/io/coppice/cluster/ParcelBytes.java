package io.coppice.cluster;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/**
 * A parcel as the event bus carries it. The loops read and write it, not the bus.
 *
 * @param length of the parcel, at the front of the bytes
 */
record ParcelBytes(byte[] bytes, int length) {
    ParcelBytes(byte[] bytes) {
        this(bytes, bytes.length);
    }

    /** How the bus writes it among its own words: as it is, to the end of the message. */
    static final class Codec implements MessageCodec<ParcelBytes, ParcelBytes> {
        static final String NAME = "parcel";

        @Override
        public void encodeToWire(Buffer buffer, ParcelBytes parcel) {
            buffer.appendBytes(parcel.bytes(), 0, parcel.length());
        }

        @Override
        public ParcelBytes decodeFromWire(int position, Buffer buffer) {
            return new ParcelBytes(buffer.getBytes(position, buffer.length()));
        }

        @Override
        public ParcelBytes transform(ParcelBytes parcel) {
            return parcel;
        }

        @Override
        public String name() {
            return NAME;
        }

        /** One of ours. */
        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
