package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTextTest {
    private static String safe(String text, int max) {
        StringBuilder out = new StringBuilder();
        SafeText.append(text, max, out);
        return out.toString();
    }

    private static String of(int codePoint) {
        return "a" + Character.toString(codePoint) + "b";
    }

    @Test
    void plainTextOfAnyScriptIsShownAsItIs() {
        String text = "meter-7 zähler/計/метр/मीटर/🌳 {} %s $x";

        assertThat(safe(text, 128)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "0000, \\u0000", // NUL
        "000A, \\u000A", // line feed
        "000D, \\u000D", // carriage return
        "001B, \\u001B", // escape
        "007F, \\u007F", // delete
        "0085, \\u0085", // next line
        "009B, \\u009B", // control sequence introducer
        "00A0, \\u00A0", // no-break space
        "00AD, \\u00AD", // soft hyphen
        "061C, \\u061C", // Arabic letter mark
        "200B, \\u200B", // zero width space
        "200F, \\u200F", // right-to-left mark
        "2028, \\u2028", // line separator
        "2029, \\u2029", // paragraph separator
        "202E, \\u202E", // right-to-left override
        "2066, \\u2066", // left-to-right isolate
        "FEFF, \\uFEFF", // byte order mark
        "D800, \\uD800", // a lone surrogate
        "E000, \\uE000", // private use
        "FFFF, \\uFFFF", // no character
        "E0001, \\uDB40\\uDC01" // language tag
    })
    void whatATerminalWouldNotShowAsItIsBecomesAnEscape(String codePoint, String escaped) {
        assertThat(safe(of(Integer.parseInt(codePoint, 16)), 128)).isEqualTo("a" + escaped + "b");
    }

    @Test
    void quotesAndEscapesCanNotBeForged() {
        assertThat(safe("a\" from \\u000A", 128)).isEqualTo("a\\\" from \\\\u000A");
    }

    @Test
    void aLongTextIsCutAndMarked() {
        assertThat(safe("abcd", 4)).isEqualTo("abcd");
        assertThat(safe("abcde", 4)).isEqualTo("abcd…");
    }

    @Test
    void aCutDoesNotDivideACharacter() {
        assertThat(safe("🌳🌳🌳", 2)).isEqualTo("🌳🌳…");
    }
}
