package io.coppice.conformance;

import io.coppice.blackbox.Version;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Tells whether the body of a CONNECT without properties is well-formed, as the standard defines it: read once more,
 * so that a broker's reading can be held against it.
 */
final class ConnectOracle {
    private static final int RESERVED = 0x01;
    private static final int CLEAN = 0x02;
    private static final int WILL = 0x04;
    private static final int WILL_REST = 0x38;
    private static final int WILL_QOS = 0x18;
    private static final int PASSWORD = 0x40;
    private static final int USER = 0x80;

    private final ByteBuffer in;

    private ConnectOracle(byte[] body) {
        in = ByteBuffer.wrap(body);
    }

    static boolean isWellFormed(Version version, byte[] body) {
        ConnectOracle oracle = new ConnectOracle(body);
        try {
            return oracle.isWellFormed(version) && !oracle.in.hasRemaining();
        } catch (BufferUnderflowException | CharacterCodingException e) {
            return false;
        }
    }

    private boolean isWellFormed(Version version) throws CharacterCodingException {
        if (!string().equals("MQTT") || in.get() != version.level()) {
            return false;
        }
        int flags = in.get() & 0xFF;
        in.getShort();
        if ((flags & RESERVED) != 0
                || (flags & WILL_QOS) == WILL_QOS
                || ((flags & WILL) == 0 && (flags & WILL_REST) != 0)
                || (!version.is5() && (flags & (USER | PASSWORD)) == PASSWORD)) {
            return false;
        }
        if (version.is5() && in.get() != 0) {
            return false;
        }
        if (string().isEmpty() && !version.is5() && (flags & CLEAN) == 0) {
            return false;
        }
        return will(version, flags) && credentials(flags);
    }

    private boolean will(Version version, int flags) throws CharacterCodingException {
        if ((flags & WILL) == 0) {
            return true;
        }
        if (version.is5() && in.get() != 0) {
            return false;
        }
        String topic = string();
        bytes();
        return !topic.isEmpty() && topic.indexOf('+') < 0 && topic.indexOf('#') < 0;
    }

    private boolean credentials(int flags) throws CharacterCodingException {
        if ((flags & USER) != 0) {
            string();
        }
        if ((flags & PASSWORD) != 0) {
            bytes();
        }
        return true;
    }

    private String string() throws CharacterCodingException {
        String text = StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes()))
                .toString();
        if (text.indexOf('\0') >= 0) {
            throw new CharacterCodingException();
        }
        return text;
    }

    private byte[] bytes() {
        byte[] bytes = new byte[in.getShort() & 0xFFFF];
        in.get(bytes);
        return bytes;
    }
}
