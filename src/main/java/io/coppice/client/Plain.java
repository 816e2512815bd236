package io.coppice.client;

import java.util.Locale;

/** Text of strangers, for a terminal: nothing in it moves the cursor, changes colours or begins a line. */
final class Plain {
    private Plain() {}

    /** The text on one line. */
    static String text(String text) {
        return escaped(text, false);
    }

    /** The text with its tabs and line breaks. */
    static String lines(String text) {
        return escaped(text, true);
    }

    private static String escaped(String text, boolean lines) {
        if (text.codePoints().allMatch(character -> isPlain(character, lines))) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(character -> {
            if (isPlain(character, lines)) {
                plain.appendCodePoint(character);
            } else {
                for (char unit : Character.toChars(character)) {
                    plain.append(String.format(Locale.ROOT, "\\u%04X", (int) unit));
                }
            }
        });
        return plain.toString();
    }

    private static boolean isPlain(int character, boolean lines) {
        return switch (Character.getType(character)) {
            case Character.CONTROL -> lines && (character == '\n' || character == '\t');
            case Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
                false;
            default -> true;
        };
    }
}
