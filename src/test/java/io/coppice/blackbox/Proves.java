package io.coppice.blackbox;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which numbered statements of the standards a test proves; the report and the completeness test read it. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ConformanceReport.class)
public @interface Proves {
    /** Of MQTT 5, as numbered in {@code spec/mqtt5-normative.tsv}. */
    String[] v5() default {};

    /** Of MQTT 3.1.1, as numbered in {@code spec/mqtt311-normative.tsv}. */
    String[] v311() default {};
}
