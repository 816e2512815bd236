package io.coppice.access;

import java.nio.charset.StandardCharsets;

/** User names that others give. */
final class Names {
    private static final int BYTES_MAX = 65_535;

    private Names() {}

    /** Whether a client could have said it as its User Name, and a log can show it. */
    static boolean isUsable(String name) {
        return !name.isBlank()
                && name.length() <= BYTES_MAX
                && name.getBytes(StandardCharsets.UTF_8).length <= BYTES_MAX
                && name.codePoints().noneMatch(Names::isHidden);
    }

    /** Half of a character stands for nothing, and would be another name once it is written down. */
    private static boolean isHidden(int codePoint) {
        return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.SURROGATE;
    }
}
