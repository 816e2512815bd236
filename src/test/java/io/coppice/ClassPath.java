package io.coppice;

import static java.util.stream.Collectors.joining;

import java.io.File;
import java.util.Arrays;

/** The class path of a process that is started by a test. */
public final class ClassPath {
    private ClassPath() {}

    /** All but the classes and resources of the tests themselves. */
    public static String withoutTests() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("test-classes"))
                .collect(joining(File.pathSeparator));
    }
}
