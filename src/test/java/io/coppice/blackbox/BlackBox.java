package io.coppice.blackbox;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A class of tests against a running broker: gives {@link Broker} and {@link Names} as parameters, and lets its tests
 * run beside each other and beside those of other classes.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(BrokerUnderTest.class)
@Execution(ExecutionMode.CONCURRENT)
public @interface BlackBox {}
