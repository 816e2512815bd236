package io.coppice.port;

import io.coppice.mqtt.Message;
import io.coppice.session.SessionRecord;
import java.util.List;
import java.util.function.Consumer;

/** What a node keeps, told and taken in piece by piece while it serves: retained messages and sessions that outlive their connection. */
public interface Backup {
    /** Begins to tell what is there. */
    Reading read();

    /**
     * Begins to take in what was told elsewhere or earlier.
     *
     * @param replace whether it takes the place of what is there
     */
    Restoring restore(boolean replace);

    /** Something that a node keeps. */
    sealed interface Piece {
        /** What a topic has. Topics of which the broker itself publishes are left out. */
        record Retained(Message message) implements Piece {}

        /**
         * A session as it was in one moment, or a part of it. The parts of a session follow each other.
         *
         * @param records as {@link io.coppice.session.Session#snapshot} gives them
         * @param last whether this is all that is left of it
         */
        record OfSession(String clientId, List<SessionRecord> records, boolean last) implements Piece {}
    }

    /**
     * One way through all that a node keeps: first what is retained, then its sessions, each as it is in the moment when it is
     * come to. Whoever stops asking holds nothing but one session.
     */
    interface Reading {
        /**
         * The next pieces, some hundred kilobytes; to be asked for one after the other, on any thread.
         *
         * @param then called once, on any thread; with nothing at the end
         */
        void next(Consumer<List<Piece>> then);

        /**
         * Sessions that were on their way to another node for too long to be told, or whose queue could not be read to its end;
         * known at the end.
         */
        long leftOut();
    }

    /** How it went with something that was to be taken in. */
    enum Verdict {
        /** It is there and stored as safely as everything else. */
        IMPORTED,
        /** There is something in its place already, which was left as it is. */
        EXISTING,
        /** It has come to its end since. */
        EXPIRED,
        /** It cannot be taken, because of what it is. */
        REFUSED,
        /** Nothing can be taken at the moment, whatever it is. */
        FAILED
    }

    /** @param why in words for an operator; empty where the verdict says it */
    record Outcome(Verdict verdict, String why) {
        public static Outcome of(Verdict verdict) {
            return new Outcome(verdict, "");
        }
    }

    /** Takes in what was told. Things may be given before others are answered, in any number that their bytes allow. */
    interface Restoring {
        /**
         * Keeps a retained message.
         *
         * @param then called once, on any thread
         */
        void retained(Message message, Consumer<Outcome> then);

        /** Begins a session; it is there when it has {@link Incoming#end}ed, whole or not at all. */
        Incoming session(String clientId);

        /**
         * Nothing more comes. Wills of clients that are not back become due: by now those are there who are to have them.
         *
         * @param then called once, on any thread
         */
        void end(Runnable then);
    }

    /** A session that is being told; what it may weigh is limited by what a session may hold. On one thread at a time. */
    interface Incoming {
        /** @param records of the kinds that are in a snapshot, with any epoch */
        void add(List<SessionRecord> records);

        /**
         * All of it was told.
         *
         * @param then called once, on any thread
         */
        void end(Consumer<Outcome> then);
    }
}
