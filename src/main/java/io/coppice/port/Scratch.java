package io.coppice.port;

import org.jspecify.annotations.Nullable;

/**
 * Room on a node's disk for what its memory need not hold: pieces of bytes, by number, on shelves. Nothing of it outlives the
 * process. On any thread; a call may wait for the disk. Where that is in the way it throws {@link Fault}.
 */
public interface Scratch {
    /** An empty shelf. What is on it goes with {@link Shelf#clear}, or some time after nobody has the shelf any more. */
    Shelf shelf();

    /** The disk does not give or take something. */
    final class Fault extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public Fault(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Pieces of bytes in the order of their numbers, which are not negative; used by one thread at a time. */
    interface Shelf {
        /** Lays down a piece, in the place of one with the same number. */
        void put(long number, byte[] piece);

        /** A piece, or null where there is none. */
        byte @Nullable [] get(long number);

        void remove(long number);

        /** Shows pieces in order, those with a higher number than that. */
        void read(long after, Visitor visitor);

        /** Takes down everything. */
        void clear();
    }

    /** Looks at pieces. */
    interface Visitor {
        /** Whether the next one is wanted too. */
        boolean found(long number, byte[] piece);
    }
}
