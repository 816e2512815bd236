package io.coppice.mqtt;

/**
 * The span behind a message, which what happens to it next is a child of (W3C Trace Context, 2.2.2).
 *
 * @param traceHigh the first eight bytes of the trace's identifier
 * @param traceLow the last eight; not 0 together with the first
 * @param span identifier of the span, not 0
 */
public record SpanContext(long traceHigh, long traceLow, long span) {}
