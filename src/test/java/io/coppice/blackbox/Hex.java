package io.coppice.blackbox;

import java.util.HexFormat;

/** Bytes as people write them: {@code "10 FF 7f"}, spaces where one likes. */
public final class Hex {
    private static final int SHOWN_MAX = 48;

    private Hex() {}

    public static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    }

    /** All bytes, or the first ones and how many there are. */
    public static String text(byte[] bytes) {
        HexFormat format = HexFormat.ofDelimiter(" ").withUpperCase();
        return bytes.length <= SHOWN_MAX
                ? format.formatHex(bytes)
                : format.formatHex(bytes, 0, SHOWN_MAX) + " … (" + bytes.length + " bytes)";
    }
}
