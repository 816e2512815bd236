package io.coppice.backup;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * The checksum at the end of a line: {@code ,"crc":"0123abcd"}} in the place of the closing brace, CRC-32C of all bytes of the
 * line before it. The same in every version of the format.
 */
final class Sealed {
    private static final byte[] BEGIN = ",\"crc\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final int DIGITS = 8;
    /** Bytes that are added to what is sealed. */
    static final int LENGTH = BEGIN.length + DIGITS + 2;

    private Sealed() {}

    /** What follows a line that lacks its closing brace. */
    static byte[] seal(byte[] line, int length) {
        byte[] seal = new byte[LENGTH];
        System.arraycopy(BEGIN, 0, seal, 0, BEGIN.length);
        byte[] digits = digits(line, length);
        System.arraycopy(digits, 0, seal, BEGIN.length, DIGITS);
        seal[LENGTH - 2] = '"';
        seal[LENGTH - 1] = '}';
        return seal;
    }

    private static byte[] digits(byte[] line, int length) {
        CRC32C crc = new CRC32C();
        crc.update(line, 0, length);
        return HexFormat.of().toHexDigits(crc.getValue(), DIGITS).getBytes(StandardCharsets.US_ASCII);
    }

    /** Whether a line ends as a sealed one does, whatever the checksum is. */
    static boolean isThere(byte[] line, int length) {
        int at = length - LENGTH;
        if (at < 1 || line[length - 1] != '}' || line[length - 2] != '"') {
            return false;
        }
        for (int i = 0; i < BEGIN.length; i++) {
            if (line[at + i] != BEGIN[i]) {
                return false;
            }
        }
        return true;
    }

    /** Whether the checksum of a line at which there is one is right. */
    static boolean isRight(byte[] line, int length) {
        byte[] digits = digits(line, length - LENGTH);
        for (int i = 0; i < DIGITS; i++) {
            if (line[length - LENGTH + BEGIN.length + i] != digits[i]) {
                return false;
            }
        }
        return true;
    }
}
