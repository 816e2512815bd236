package io.coppice.port;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CommonNamesTest {
    private final CommonNames names = new CommonNames();

    @Test
    void equalNamesAreOneObject() {
        String first = new String("anna");

        assertThat(names.same(first)).isSameAs(first);
        assertThat(names.same(new String("anna"))).isSameAs(first);
    }

    @Test
    void longNamesAreNotRemembered() {
        String first = "a".repeat(129);
        names.same(first);

        assertThat(names.same("a".repeat(129))).isEqualTo(first).isNotSameAs(first);
    }

    @Test
    void whatIsNotRememberedAnyMoreIsStillEqual() {
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 10_000; i++) {
                assertThat(names.same("user" + i)).isEqualTo("user" + i);
            }
        }
    }
}
