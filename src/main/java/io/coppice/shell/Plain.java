package io.coppice.shell;

import java.util.stream.Collectors;

/** What clients chose, as a terminal may show it: a client identifier could otherwise move the cursor, or hide what follows. */
public final class Plain {
    private Plain() {}

    /** On one line, without characters that do something or are not seen; a backslash stands for those, and for itself twice. */
    public static String text(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            if (point == '\\') {
                plain.append("\\\\");
            } else if (acts(point)) {
                escape(point, plain);
            } else {
                plain.appendCodePoint(point);
            }
        });
        return plain.toString();
    }

    /** The same of several lines. */
    public static String lines(String text) {
        return text.lines().map(Plain::json).collect(Collectors.joining("\n"));
    }

    /** JSON that is on one line already, of the same meaning; inside it such characters stand in strings only. */
    public static String json(String json) {
        StringBuilder plain = new StringBuilder(json.length());
        json.codePoints().forEach(point -> {
            if (acts(point)) {
                escape(point, plain);
            } else {
                plain.appendCodePoint(point);
            }
        });
        return plain.toString();
    }

    private static boolean acts(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> true;
            default -> false;
        };
    }

    private static void escape(int point, StringBuilder to) {
        for (char unit : Character.toChars(point)) {
            to.append(String.format("\\u%04x", (int) unit));
        }
    }
}
