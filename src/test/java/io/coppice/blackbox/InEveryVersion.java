package io.coppice.blackbox;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A test that runs in versions 3.1.1 and 5, each over TCP and over WebSocket; its first parameters are the
 * {@link Transport} and the {@link Version}.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "over {0} in {1}")
@MethodSource("io.coppice.blackbox.Cases#everywhere")
public @interface InEveryVersion {}
