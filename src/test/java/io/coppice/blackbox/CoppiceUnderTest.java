package io.coppice.blackbox;

import java.util.Map;

/** Coppice in this JVM, on free ports. */
final class CoppiceUnderTest {
    private CoppiceUnderTest() {}

    /** {@code settings} are configuration keys and values over the defaults. */
    static ServedBroker start(Map<String, String> settings) {
        throw new UnsupportedOperationException("there is no node to start yet with " + settings);
    }
}
