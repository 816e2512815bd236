package io.coppice.broker;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Whether a payload is what its Payload Format Indicator says (MQTT 5, 3.3.2.3.2). */
final class Utf8 {
    private Utf8() {}

    static boolean isValid(byte[] payload) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
