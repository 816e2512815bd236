package io.coppice.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** W3C Trace Context, 3.2. */
class SpanContextTest {
    private static final String WRITTEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private static SpanContext.Parent read(String text) {
        return Objects.requireNonNull(SpanContext.read(text), text);
    }

    @Test
    void whatIsReadIsWrittenAgain() {
        assertThat(read(WRITTEN).sampled()).isTrue();
        assertThat(read(WRITTEN).context().traceparent()).isEqualTo(WRITTEN);
        assertThat(read(WRITTEN).context().next(5).traceparent())
                .isEqualTo("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000005-01");
    }

    @Test
    void whetherItIsSampledIsTheLastBit() {
        assertThat(read(WRITTEN.replace("-01", "-00")).sampled()).isFalse();
        assertThat(read(WRITTEN.replace("-01", "-03")).sampled()).isTrue();
    }

    @Test
    void laterVersionsMayGoOn() {
        assertThat(read(WRITTEN.replaceFirst("00", "01") + "-more").context().traceparent())
                .isEqualTo(WRITTEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
                "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01"
            })
    void whatIsNoneIsNone(String text) {
        assertThat(SpanContext.read(text)).isNull();
    }
}
