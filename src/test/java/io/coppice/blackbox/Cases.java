package io.coppice.blackbox;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Arguments for parametrized tests with cases of their own. */
public final class Cases {
    private Cases() {}

    /** (Transport, Version): both versions over every transport. */
    public static Stream<Arguments> everywhere() {
        return everyTransport(List.of(Version.V311, Version.V5));
    }

    /** (Transport, case). */
    public static Stream<Arguments> everyTransport(Collection<?> cases) {
        return Arrays.stream(Transport.values())
                .flatMap(transport -> cases.stream().map(each -> Arguments.of(transport, each)));
    }

    /** (Transport, Version, case). */
    public static Stream<Arguments> everywhere(Collection<?> cases) {
        return Arrays.stream(Transport.values())
                .flatMap(transport -> Stream.of(Version.V311, Version.V5)
                        .flatMap(version -> cases.stream().map(each -> Arguments.of(transport, version, each))));
    }
}
