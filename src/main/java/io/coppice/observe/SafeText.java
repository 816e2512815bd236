package io.coppice.observe;

/** Text of strangers, made fit for a line of the log. */
final class SafeText {
    private SafeText() {}

    /**
     * Appends a text on one line. Quotes and backslashes are escaped, and as {@code \\uXXXX} everything that is not
     * shown as it is: control and format characters (those that turn the writing direction among them), line
     * separators, blanks other than the space, lone surrogates, and what Unicode does not define.
     *
     * @param max characters of the text that are shown; a cut is marked with an ellipsis
     */
    static void append(String text, int max, StringBuilder out) {
        int shown = 0;
        int at = 0;
        while (at < text.length() && shown < max) {
            int character = text.codePointAt(at);
            append(character, out);
            at += Character.charCount(character);
            shown++;
        }
        if (at < text.length()) {
            out.append('…');
        }
    }

    /**
     * Appends the whole of a text that says things itself: quotes and backslashes stay, since what a client chose may
     * have been escaped before.
     */
    static void line(String text, StringBuilder out) {
        int at = 0;
        while (at < text.length()) {
            int character = text.codePointAt(at);
            if (character == '"' || character == '\\') {
                out.append((char) character);
            } else {
                append(character, out);
            }
            at += Character.charCount(character);
        }
    }

    /** The beginning of a text, as it is; a cut is marked with an ellipsis. */
    static String cut(String text, int max) {
        return text.codePointCount(0, text.length()) <= max
                ? text
                : text.substring(0, text.offsetByCodePoints(0, max)) + "…";
    }

    private static void append(int character, StringBuilder out) {
        if (character == '"' || character == '\\') {
            out.append('\\').append((char) character);
        } else if (isPlain(character)) {
            out.appendCodePoint(character);
        } else {
            for (char unit : Character.toChars(character)) {
                out.append(String.format("\\u%04X", (int) unit));
            }
        }
    }

    private static boolean isPlain(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            case Character.SPACE_SEPARATOR -> character == ' ';
            default -> true;
        };
    }
}
