package io.coppice.blackbox;

import io.coppice.port.Gatekeeper;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** How the broker of a {@link BlackBox} class differs from the default; classes with equal settings share one. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface BrokerSettings {
    /** Configuration keys with values, such as {@code "limits.packet-size-max=1024"}. */
    String[] value() default {};

    /** A broker for this class alone: for {@code #} subscriptions, $SYS, or tests that do harm. */
    boolean alone() default false;

    /**
     * Another doorkeeper, for what Coppice's own does not know; other brokers have none of it. A public class with a
     * constructor without parameters.
     */
    Class<? extends Gatekeeper> gatekeeper() default Gatekeeper.class;

    /** Above 0: the broker is a process of its own with so much heap, so that its memory, its CPU and its log can be looked at. */
    int heapMegabytes() default 0;

    /** Above 0: how many files, sockets among them, the process may have open. */
    int openFiles() default 0;
}
