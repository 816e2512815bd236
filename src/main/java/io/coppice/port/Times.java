package io.coppice.port;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How long things have taken on one loop, counted in classes since the start of the node. Written by its loop alone,
 * without lock, fence or allocation; read from anywhere, a moment late.
 */
public final class Times {
    /** Microseconds up to which {@link #count} counts, class by class; in the last one is what took longer. */
    public static final List<Integer> MICROS_MAX = List.of(
            50,
            100,
            250,
            500,
            1_000,
            2_500,
            5_000,
            10_000,
            25_000,
            50_000,
            100_000,
            250_000,
            500_000,
            1_000_000,
            2_500_000,
            5_000_000,
            10_000_000);

    /** What is measured. */
    public enum Span {
        /** From when the turn began that has read a client's message until the message has left for a subscriber here. */
        DELIVERY_FROM_CLIENT,
        /** The same of a message of another node, from when that was read here. */
        DELIVERY_FROM_NODE,
        /** From when a QoS 1 message was read until its PUBACK has left. */
        ANSWER_QOS_1,
        /** From when a QoS 2 message was read until its PUBREC has left. */
        ANSWER_QOS_2,
        /** From a batch's leaving for another node until that node has said that it has it. */
        HOP,
        /** From CONNECT until its credentials are judged. */
        AUTHENTICATION,
        /** By how much a timer came late. */
        LATENESS
    }

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int CLASSES = MICROS_MAX.size() + 1;
    /** The classes, and the sum. */
    private static final int WIDTH = CLASSES + 1;

    private final long[] nanosMax = MICROS_MAX.stream()
            .mapToLong(micros -> TimeUnit.MICROSECONDS.toNanos(micros))
            .toArray();
    private final long[] cells = new long[Span.values().length * WIDTH];

    /** Something took so many nanoseconds, so many times. */
    public void took(Span span, long nanos, long times) {
        long spent = Math.max(0, nanos);
        int ofClass = 0;
        while (ofClass < nanosMax.length && spent > nanosMax[ofClass]) {
            ofClass++;
        }
        int first = span.ordinal() * WIDTH;
        add(first + ofClass, times);
        add(first + CLASSES, TimeUnit.NANOSECONDS.toMicros(spent * times));
    }

    private void add(int cell, long amount) {
        CELL.setOpaque(cells, cell, cells[cell] + amount);
    }

    /** How often it took so long; the classes are those of {@link #MICROS_MAX}. */
    public long count(Span span, int ofClass) {
        return (long) CELL.getOpaque(cells, span.ordinal() * WIDTH + ofClass);
    }

    /** Microseconds that it took altogether. */
    public long micros(Span span) {
        return (long) CELL.getOpaque(cells, span.ordinal() * WIDTH + CLASSES);
    }
}
