package io.coppice.config;

import java.util.Locale;

/**
 * A thing that can be configured.
 *
 * @param name kebab-case words, nested by dots
 * @param byDefault the value that holds when none is given, as it would be written
 * @param documentation what it means, in one line
 */
record Key<T>(String name, ValueType<T> type, String byDefault, String documentation) {
    /** Whether it may change while the node serves. */
    boolean live() {
        return LiveKeys.has(name);
    }

    /** The environment variable that sets this key. */
    String variable() {
        return variable(name);
    }

    static String variable(String name) {
        return "COPPICE_" + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
