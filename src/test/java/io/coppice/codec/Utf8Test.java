package io.coppice.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** UTF-8 as MQTT 5, 1.5.4 wants it, against the JDK's own strict decoder. */
class Utf8Test {
    private static boolean fine(byte[] bytes) {
        return Utf8.firstFault(bytes, 0, bytes.length) < 0;
    }

    private static boolean fineForJdk(byte[] bytes) {
        for (byte b : bytes) {
            if (b == 0) {
                return false;
            }
        }
        try {
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    @Test
    @DisplayName("MQTT-1.5.4-1 MQTT-1.5.4-2 every code point but surrogates and U+0000 is taken")
    void everyCodePoint() {
        for (int point = 1; point <= Character.MAX_CODE_POINT; point++) {
            if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
                byte[] bytes = new String(Character.toChars(point)).getBytes(StandardCharsets.UTF_8);
                if (!fine(bytes)) {
                    assertThat(point).as("refused").isNull();
                }
            }
        }
        assertThat(fine(new byte[] {0})).isFalse();
    }

    @Test
    @DisplayName("Every sequence of one to three bytes is judged as the JDK judges it")
    void everyShortSequence() {
        for (int bits = 0; bits < 1 << 24; bits++) {
            // All of three bytes would take long; of the last one its edges tell.
            int last = bits & 0xFF;
            if (last != 0 && last != 0x7F && last != 0x80 && last != 0x9F && last != 0xBF && last != 0xC2) {
                continue;
            }
            byte[] bytes = {(byte) (bits >> 16), (byte) (bits >> 8), (byte) bits};
            if (fine(bytes) != fineForJdk(bytes)) {
                assertThat(Notation.hex(bytes)).as("judged otherwise").isNull();
            }
        }
    }

    @Test
    @DisplayName("Random bytes of up to 40, mostly near the borders, are judged as the JDK judges them")
    void randomBytes() {
        long seed = 20_240_601;
        Random random = new Random(seed);
        byte[] palette = Notation.bytes("00 01 41 7F 80 8F 90 9F A0 BF C0 C1 C2 DF E0 EC ED EE EF F0 F3 F4 F5 FF");
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = new byte[random.nextInt(41)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = random.nextInt(3) == 0 ? palette[random.nextInt(palette.length)] : (byte) 'a';
            }
            boolean fine = fine(bytes);
            if (fine != fineForJdk(bytes)) {
                assertThat(Notation.hex(bytes)).as("seed %d", seed).isNull();
            }
            boolean ascii = true;
            for (byte b : bytes) {
                ascii &= b > 0;
            }
            assertThat(Utf8.isAscii(bytes, 0, bytes.length)).isEqualTo(ascii);
        }
    }

    @Test
    @DisplayName("What lies before and after the string does not count")
    void bounds() {
        byte[] bytes = Notation.bytes("FF 00 'plain text of more than a word' 00 FF");
        assertThat(Utf8.isAscii(bytes, 2, bytes.length - 2)).isTrue();
        assertThat(Utf8.firstFault(bytes, 2, bytes.length - 2)).isEqualTo(-1);
        assertThat(Utf8.firstFault(Notation.bytes("61 E2 82 AC"), 0, 3)).isEqualTo(1);
    }
}
