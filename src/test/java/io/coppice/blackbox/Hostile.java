package io.coppice.blackbox;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Which bad inputs of {@code spec/bad-inputs.tsv} a test proves to be harmless. Where that takes settings, several nodes,
 * a disk or files, the test has nodes of its own or none, and is no {@link BlackBox}.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ConformanceReport.class)
public @interface Hostile {
    String[] value();
}
