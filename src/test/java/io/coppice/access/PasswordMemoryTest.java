package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PasswordMemoryTest {
    private final PasswordMemory memory = new PasswordMemory(1_000, 2, new byte[32]);

    private boolean knows(String user, String password, long now) {
        return memory.knows(user, password.getBytes(UTF_8), now);
    }

    private void remember(String user, String password, long now) {
        memory.remember(user, password.getBytes(UTF_8), memory.generation(), now);
    }

    @Test
    void aPasswordIsKnownOfItsUserForATime() {
        remember("anna", "secret", 5);

        assertThat(knows("anna", "secret", 1_004)).isTrue();
        assertThat(knows("anna", "Secret", 5)).isFalse();
        assertThat(knows("annas", "ecret", 5)).isFalse();
        assertThat(knows("bert", "secret", 5)).isFalse();
        assertThat(knows("anna", "secret", 1_005)).isFalse();
    }

    @Test
    void whenPasswordsMayHaveChangedNothingIsKnown() {
        remember("anna", "secret", 0);
        memory.forgetAll();

        assertThat(knows("anna", "secret", 0)).isFalse();
    }

    @Test
    void aPasswordThatWasCheckedBeforeTheChangeIsNotKnownAfterIt() {
        long before = memory.generation();
        memory.forgetAll();
        memory.remember("anna", "secret".getBytes(UTF_8), before, 0);

        assertThat(knows("anna", "secret", 0)).isFalse();
    }

    @Test
    void ofMoreUsersThanAreKnownTheOldestIsForgotten() {
        remember("anna", "a", 0);
        remember("bert", "b", 0);
        remember("anna", "a", 0);
        remember("carl", "c", 0);

        assertThat(knows("bert", "b", 0)).isFalse();
        assertThat(knows("anna", "a", 0)).isTrue();
        assertThat(knows("carl", "c", 0)).isTrue();
    }

    @Test
    void whereNothingIsToBeKnownNothingIs() {
        PasswordMemory off = new PasswordMemory(0, 2, new byte[32]);
        off.remember("anna", new byte[] {1}, off.generation(), 0);

        assertThat(off.knows("anna", new byte[] {1}, 0)).isFalse();
    }
}
