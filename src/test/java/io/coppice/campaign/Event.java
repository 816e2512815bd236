package io.coppice.campaign;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Something that happened: a line of a {@link History}. Its words bear no spaces, but for the last of a {@link Kind#FAULT}
 * and a {@link Kind#ROUND}.
 *
 * @param micros since the history began
 */
record Event(long micros, Kind kind, List<String> words) {
    /** What it is, and which words it has. */
    enum Kind {
        /** What follows is a round: fault, seed, number, commit. */
        ROUND(4),
        /** How strict the judge is: name, value. */
        RULE(2),
        /** What the nemesis did. */
        FAULT(1),
        /** From now on this node reaches no majority. */
        OUT(1),
        /** It does again, or may. */
        IN(1),
        /** Which MQTT a client is about to speak: client, number of the connection, version (4 for 3.1.1). */
        SPEAKS(3),
        /** A node is told to stop, or has left by itself: node. */
        LEAVES(1),
        /** All nodes are lost at once, and with them the wills of sessions that are in no journal (DECISIONS). */
        WHOLE(0),
        /** A client asks to be let in: client, number of the connection, node, {@code keep} or {@code drop} for its session. */
        CONNECT(4),
        /** It was let in: client, connection, node, {@code present} or {@code new}. */
        CONNECTED(4),
        /** It was not: client, connection, node, reason code. */
        REFUSED(4),
        /** A connection is over, or did not come about: client, connection, node, who ended it (client, server, network), why. */
        DISCONNECTED(5),
        /** A subscription was acknowledged: client, filter, QoS. */
        SUBSCRIBED(3),
        /** A client has given up all its subscriptions and its session. */
        ENDED(1),
        /** A message was given to a client to publish: client, topic, number on this topic, QoS, {@code plain}, {@code retain} or {@code clear}. */
        SEND(5),
        /** The broker has answered: client, topic, number, node, reason code, or {@code lost} where the client gave up. */
        ACK(5),
        /** A message came: client, connection, node, topic, publisher, number, QoS, {@code intact} or {@code damaged}. */
        RECEIVE(8),
        /** A connection was made with a will: client, connection, topic, number. */
        WILL(4),
        /** What a new subscriber finds on a node, when all is quiet: node, topic, publisher, number; {@code - -} for nothing. */
        RETAINED(4),
        /** What is held: node, what, before the round, after it, how much more is allowed. */
        BASE(5),
        /** All that is due has had time to come. */
        QUIET(0);

        final int count;

        Kind(int count) {
            this.count = count;
        }
    }

    static Event of(long micros, Kind kind, Object... words) {
        List<String> texts = Arrays.stream(words).map(String::valueOf).toList();
        if (texts.size() != kind.count) {
            throw new IllegalArgumentException(kind + " has " + kind.count + " words, not " + texts);
        }
        return new Event(micros, kind, texts);
    }

    /** @throws IllegalArgumentException for what {@link #line} does not make */
    static Event parse(String line) {
        String[] head = line.split(" ", 3);
        if (head.length < 2) {
            throw new IllegalArgumentException("not an event: " + line);
        }
        Kind kind = Kind.valueOf(head[1].toUpperCase(Locale.ROOT));
        List<String> words = head.length < 3 ? List.of() : List.of(head[2].split(" ", kind.count));
        return of(Long.parseLong(head[0]), kind, words.toArray());
    }

    String line() {
        return micros + " " + kind.name().toLowerCase(Locale.ROOT)
                + (words.isEmpty() ? "" : " " + String.join(" ", words));
    }

    String word(int index) {
        return words.get(index);
    }

    int number(int index) {
        return Integer.parseInt(words.get(index));
    }

    /** The same for people. */
    String told() {
        return String.format(Locale.ROOT, "%10.3f s  ", micros / 1e6)
                + switch (kind) {
                    case ROUND -> "round " + word(2) + " of " + word(0) + ", seed " + word(1) + ", commit " + word(3);
                    case RULE -> "rule: " + word(0) + " " + word(1);
                    case FAULT -> "FAULT: " + word(0);
                    case OUT -> word(0) + " reaches no majority";
                    case IN -> word(0) + " reaches a majority, or soon does";
                    case SPEAKS -> word(0) + " speaks MQTT " + (word(2).equals("4") ? "3.1.1" : word(2));
                    case LEAVES -> word(0) + " leaves";
                    case WHOLE -> "all nodes are lost at once";
                    case CONNECT ->
                        word(0) + " asks " + word(2) + " to be let in (connection " + word(1) + ", session to "
                                + word(3) + ")";
                    case CONNECTED ->
                        word(2) + " lets " + word(0) + " in (connection " + word(1) + "), session " + word(3);
                    case REFUSED ->
                        word(2) + " refuses " + word(0) + " with " + word(3) + " (connection " + word(1) + ")";
                    case DISCONNECTED ->
                        "connection " + word(1) + " of " + word(0) + " to " + word(2) + " is over, by the " + word(3)
                                + ": " + word(4);
                    case SUBSCRIBED -> word(0) + " has subscribed to " + word(1) + " at QoS " + word(2);
                    case ENDED -> word(0) + " has given up its session";
                    case SEND ->
                        word(0) + " sends " + message(1) + " at QoS " + word(3)
                                + (word(4).equals("plain") ? "" : " to " + word(4));
                    case ACK -> word(3) + " answers " + word(0) + " with " + word(4) + " for " + message(1);
                    case RECEIVE ->
                        word(0) + " gets " + word(4) + "'s number " + word(5) + " on " + word(3) + " at QoS " + word(6)
                                + " from " + word(2) + " (connection " + word(1) + ")"
                                + (word(7).equals("intact") ? "" : ", damaged");
                    case WILL -> word(0) + " leaves a will with connection " + word(1) + ": " + message(2);
                    case RETAINED ->
                        word(0) + " holds on " + word(1) + ": "
                                + (word(2).equals("-") ? "nothing" : word(2) + "'s number " + word(3));
                    case BASE ->
                        word(0) + ": " + word(1) + " was " + word(2) + ", is " + word(3) + ", may grow by " + word(4);
                    case QUIET -> "all is quiet";
                };
    }

    private String message(int topic) {
        return "number " + word(topic + 1) + " on " + word(topic);
    }
}
