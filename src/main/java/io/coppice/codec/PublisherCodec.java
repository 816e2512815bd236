package io.coppice.codec;

import io.coppice.mqtt.Publisher;
import io.netty.buffer.ByteBuf;

/** What is told of a publisher behind its client identifier: a byte of {@link Publisher.Kind} and flags, and its user name. */
final class PublisherCodec {
    private static final int KIND = 0x03;
    private static final int NAMED = 0x04;
    /** The user name is the client identifier. */
    private static final int ALIKE = 0x08;

    private static final int KNOWN = KIND | NAMED | ALIKE;
    private static final Publisher.Kind[] KINDS = Publisher.Kind.values();

    private PublisherCodec() {}

    /** Whether there is anything to tell that the client identifier does not say. */
    static boolean isTold(Publisher publisher) {
        return publisher.user() != null
                || publisher.kind() != Publisher.Kind.UNKNOWN
                        && !publisher.clientId().isEmpty();
    }

    static void write(Publisher publisher, ByteBuf out) {
        String user = publisher.user();
        boolean alike = user != null && user.equals(publisher.clientId());
        out.writeByte(publisher.kind().ordinal() | (user == null ? 0 : alike ? ALIKE : NAMED));
        if (user != null && !alike) {
            PacketWriter.string(user, out);
        }
    }

    static Publisher read(PacketReader in, String clientId) {
        int told = told(in);
        String user = (told & ALIKE) != 0 ? clientId : (told & NAMED) == 0 ? null : in.string("user name");
        if (clientId.isEmpty() && told == 0) {
            return Publisher.THIS_NODE;
        }
        return new Publisher(clientId, user, KINDS[told & KIND], Publisher.NO_EPOCH);
    }

    static void skip(PacketReader in) {
        if ((told(in) & NAMED) != 0) {
            MessageCodec.skip(in, in.twoBytes("user name"));
        }
    }

    private static int told(PacketReader in) {
        int told = in.oneByte("publisher flags");
        if ((told & ~KNOWN) != 0 || (told & (NAMED | ALIKE)) == (NAMED | ALIKE)) {
            throw PacketReader.malformed("publisher flags " + Integer.toHexString(told) + " are unknown");
        }
        return told;
    }
}
