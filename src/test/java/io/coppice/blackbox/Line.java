package io.coppice.blackbox;

import static io.coppice.blackbox.ByteReader.check;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Packets over a {@link Link}: what came and was not yet asked for, what a CONNECT promised, and a transcript for the
 * messages of failures.
 */
final class Line {
    private static final int TRANSCRIPT_MAX = 16;
    private static final int PACKET_MAX = 16 * 1024 * 1024;

    private final Version version;
    private final Conversation conversation;
    private final Link link;
    private final Deque<Received> inbox = new ArrayDeque<>();
    private final Deque<String> transcript = new ArrayDeque<>();
    private boolean declared;

    Line(Link link, Version version) {
        this.link = link;
        this.version = version;
        this.conversation = new Conversation(version);
    }

    Link link() {
        return link;
    }

    boolean isAccepted() {
        return conversation.isAccepted();
    }

    /** What follows is held against this CONNECT. */
    void declare(Connect connect) {
        conversation.announced(connect.announcement());
        declared = connect.isOfItsVersion();
    }

    /** Notes what is about to be sent; {@code packet} is whole or does not matter to the conversation. */
    void sending(byte[] packet) {
        note("> " + Hex.text(packet));
        conversation.sent(packet);
    }

    /** Writes one unit. A server that has closed is no error here: it shows when its answer is expected. */
    void write(byte[] bytes) {
        try {
            link.write(bytes);
        } catch (IOException e) {
            note("> could not be written: " + e.getMessage());
        }
    }

    /** The oldest packet that was not asked for, or the next from the wire; empty when the server has closed. */
    Optional<Received> next(long deadline, String expected) {
        return inbox.isEmpty() ? read(deadline, expected) : Optional.of(inbox.removeFirst());
    }

    /** The first packet for which {@code wanted} holds; the others before it stay to be asked for. */
    Optional<Received> first(Predicate<Received> wanted, long deadline, String expected) {
        for (Iterator<Received> held = inbox.iterator(); held.hasNext(); ) {
            Received packet = held.next();
            if (wanted.test(packet)) {
                held.remove();
                return Optional.of(packet);
            }
        }
        while (true) {
            Optional<Received> packet = read(deadline, expected);
            if (packet.isEmpty() || wanted.test(packet.get())) {
                return packet;
            }
            inbox.add(packet.get());
        }
    }

    /** Waits until a time before which nothing may come. */
    void silence(long deadline) {
        if (!inbox.isEmpty()) {
            throw failure("expected nothing, but " + inbox.getFirst() + " came");
        }
        int first;
        try {
            first = link.read(deadline);
        } catch (SocketTimeoutException silent) {
            return;
        } catch (IOException e) {
            throw failure("expected nothing, but the connection broke: " + e);
        }
        throw failure(
                first < 0
                        ? "expected nothing, but the server closed"
                        : "expected nothing, but " + PacketType.of(first) + " came");
    }

    AssertionError failure(String what) {
        return new AssertionError(what + "\n" + version + ", the last packets (> to, < from the server):\n  "
                + String.join("\n  ", transcript));
    }

    private Optional<Received> read(long deadline, String expected) {
        try {
            int first = link.read(deadline);
            if (first < 0) {
                note("< closed");
                return Optional.empty();
            }
            Received packet = packet(first, deadline);
            note("< " + packet);
            conversation.received(packet);
            return Optional.of(packet);
        } catch (SocketTimeoutException e) {
            throw failure("expected " + expected + ", but nothing came in time");
        } catch (IOException e) {
            throw failure("expected " + expected + ", but the connection broke: " + e);
        } catch (AssertionError e) {
            throw failure("expected " + expected + ", but " + e.getMessage());
        }
    }

    private Received packet(int first, long deadline) throws IOException {
        ByteWriter header = new ByteWriter().int8(first);
        int next;
        do {
            next = need(deadline);
            header.int8(next);
            check(header.bytes().length <= 5, "a Remaining Length longer than four bytes");
        } while (next >= 0x80);
        byte[] head = header.bytes();
        long length = new ByteReader(Arrays.copyOfRange(head, 1, head.length)).varint();
        conversation.claims(head.length + length);
        check(length <= PACKET_MAX, "a Remaining Length of " + length);
        byte[] body = new byte[(int) length];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) need(deadline);
        }
        try {
            return ReceivedParser.parse(versionOf(first, body), first, head.length + body.length, body);
        } catch (AssertionError e) {
            note("< " + Hex.text(new ByteWriter().raw(head).raw(body).bytes()));
            throw e;
        }
    }

    /** A refusal of a version that the server does not speak may look like either version. */
    private Version versionOf(int first, byte[] body) {
        if (declared || PacketType.of(first) != PacketType.CONNACK) {
            return version;
        }
        return body.length == 2 ? Version.V311 : Version.V5;
    }

    private int need(long deadline) throws IOException {
        int next = link.read(deadline);
        check(next >= 0, "the connection closed inside a packet");
        return next;
    }

    private void note(String event) {
        if (transcript.size() == TRANSCRIPT_MAX) {
            transcript.removeFirst();
        }
        transcript.add(event);
    }
}
