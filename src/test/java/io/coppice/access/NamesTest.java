package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"anna", "\u00e4nne", "\uD83C\uDF33", "a b", "#", "+"})
    void whatAClientCouldSayIsUsable(String name) {
        assertThat(Names.isUsable(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\nb", "\u0000", "\uD83C", "a\uDF33", "\uDF33\uD83C"})
    @Hostile("B67")
    void whatIsEmptyHiddenOrHalfACharacterIsNot(String name) {
        assertThat(Names.isUsable(name)).isFalse();
    }

    @Test
    void aNameHasAsManyBytesAsAStringOfThePacketAndNoMore() {
        assertThat(Names.isUsable("a".repeat(65_535))).isTrue();
        assertThat(Names.isUsable("a".repeat(65_536))).isFalse();
        assertThat(Names.isUsable("\u00e4".repeat(32_767))).isTrue();
        assertThat(Names.isUsable("\u00e4".repeat(32_768))).isFalse();
    }
}
